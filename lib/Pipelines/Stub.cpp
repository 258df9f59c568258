#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"
namespace treadle {
#if 0
std::unique_ptr<mlir::Pass> createDecidePass() { return nullptr; }
#endif
#if 0
std::unique_ptr<mlir::Pass> createPlanMemoryPass() { return nullptr; }
#endif
#if 0
std::unique_ptr<mlir::Pass> createTilePass() { return nullptr; }
#endif
#if 0
std::unique_ptr<mlir::Pass> createVectorizePass() { return nullptr; }
#endif
#if 0
std::unique_ptr<mlir::Pass> createVerifyStagePass() { return nullptr; }
#endif
#if 0
std::unique_ptr<mlir::Pass> createEmitEntryPointsPass() { return nullptr; }
#endif
#ifndef HAVE_MATH
std::unique_ptr<mlir::Pass> createExpandMathPass() { return nullptr; }
#endif
}

#include "treadle/Conversion/Passes.h"
#include "treadle/Dialect/Treadle/Transforms/Passes.h"
namespace treadle {
#ifndef HAVE_DECIDE
std::unique_ptr<mlir::Pass> createDecidePass() { return nullptr; }
#endif
#ifndef HAVE_PLAN
std::unique_ptr<mlir::Pass> createPlanMemoryPass() { return nullptr; }
#endif
#ifndef HAVE_TILE
std::unique_ptr<mlir::Pass> createTilePass() { return nullptr; }
#endif
#ifndef HAVE_VEC
std::unique_ptr<mlir::Pass> createVectorizePass() { return nullptr; }
#endif
#ifndef HAVE_VER
std::unique_ptr<mlir::Pass> createVerifyStagePass() { return nullptr; }
#endif
#ifndef HAVE_EMIT
std::unique_ptr<mlir::Pass> createEmitEntryPointsPass() { return nullptr; }
#endif
}

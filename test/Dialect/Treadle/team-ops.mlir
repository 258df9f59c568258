// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --cse | FileCheck %s --check-prefix=ONE

// CHECK-LABEL: @team_size
// ONE-LABEL:   @team_size
func.func @team_size() -> (index, index) {
  // CHECK: treadle.team_size
  // ONE: %[[SIZE:.*]] = treadle.team_size
  // ONE-NEXT: return %[[SIZE]], %[[SIZE]]
  %a = treadle.team_size
  %b = treadle.team_size
  return %a, %b : index, index
}

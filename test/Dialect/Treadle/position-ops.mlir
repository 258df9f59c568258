// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @embedding
func.func @embedding(%ids: tensor<?x?xi64>, %short: tensor<2x?xi32>, %table: tensor<9x4xf32>) {
  // CHECK: treadle.embedding %{{.*}}, %{{.*}} : (tensor<?x?xi64>, tensor<9x4xf32>) -> tensor<?x?x4xf32>
  %0 = treadle.embedding %ids, %table
      : (tensor<?x?xi64>, tensor<9x4xf32>) -> tensor<?x?x4xf32>
  // CHECK: treadle.embedding %{{.*}}, %{{.*}} : (tensor<2x?xi32>, tensor<9x4xf32>) -> tensor<2x?x4xf32>
  %1 = treadle.embedding %short, %table
      : (tensor<2x?xi32>, tensor<9x4xf32>) -> tensor<2x?x4xf32>
  return
}

// An offset of zero is not printed.
// CHECK-LABEL: @learned_position
func.func @learned_position(%x: tensor<?x?x4xf32>, %table: tensor<9x4xf32>) -> tensor<?x?x4xf32> {
  // CHECK: treadle.learned_position %{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<9x4xf32>
  %y = treadle.learned_position %x, %table offset(0) : tensor<?x?x4xf32>, tensor<9x4xf32>
  // CHECK: treadle.learned_position %{{.*}}, %{{.*}} offset(2) : tensor<?x?x4xf32>, tensor<9x4xf32>
  %z = treadle.learned_position %y, %table offset(2) : tensor<?x?x4xf32>, tensor<9x4xf32>
  return %z : tensor<?x?x4xf32>
}

// Every row of the table is used.
// CHECK-LABEL: @whole_table
func.func @whole_table(%x: tensor<1x7x4xf32>, %table: tensor<9x4xf32>) -> tensor<1x7x4xf32> {
  // CHECK: offset(2)
  %y = treadle.learned_position %x, %table offset(2) : tensor<1x7x4xf32>, tensor<9x4xf32>
  return %y : tensor<1x7x4xf32>
}

// CHECK-LABEL: @sinusoidal_position
func.func @sinusoidal_position(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  // CHECK: treadle.sinusoidal_position %{{.*}} : tensor<?x?x4xf32>
  %y = treadle.sinusoidal_position %x base(10000.0) : tensor<?x?x4xf32>
  // CHECK: treadle.sinusoidal_position %{{.*}} base(5.000000e+02) : tensor<?x?x4xf32>
  %z = treadle.sinusoidal_position %y base(500.0) : tensor<?x?x4xf32>
  return %z : tensor<?x?x4xf32>
}

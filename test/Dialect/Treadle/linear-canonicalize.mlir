// RUN: treadle-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @identity
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>
// CHECK-NEXT: return %[[X]]
func.func @identity(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = treadle.activate identity %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: @relu_twice
// CHECK-NEXT: %[[Y:.*]] = treadle.activate relu
// CHECK-NEXT: return %[[Y]]
func.func @relu_twice(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = treadle.activate relu %x : tensor<?xf32>
  %z = treadle.activate relu %y : tensor<?xf32>
  return %z : tensor<?xf32>
}

// CHECK-LABEL: @tanh_twice
// CHECK-COUNT-2: treadle.activate tanh
func.func @tanh_twice(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = treadle.activate tanh %x : tensor<?xf32>
  %z = treadle.activate tanh %y : tensor<?xf32>
  return %z : tensor<?xf32>
}

// CHECK-LABEL: @of_linear
// CHECK-NEXT: %[[Y:.*]] = treadle.linear %{{.*}}, %{{.*}} activation(silu)
// CHECK-NEXT: return %[[Y]]
func.func @of_linear(%x: tensor<?x4xf32>, %w: tensor<2x4xf32>) -> tensor<?x2xf32> {
  %y = treadle.linear %x, %w : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
  %z = treadle.activate silu %y : tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}

// What others read stays as it is.
// CHECK-LABEL: @of_shared_linear
// CHECK: treadle.linear
// CHECK-NEXT: treadle.activate silu
func.func @of_shared_linear(%x: tensor<?x4xf32>, %w: tensor<2x4xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %y = treadle.linear %x, %w : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
  %z = treadle.activate silu %y : tensor<?x2xf32>
  return %y, %z : tensor<?x2xf32>, tensor<?x2xf32>
}

// So does one that is activated already.
// CHECK-LABEL: @of_activated_linear
// CHECK: treadle.linear {{.*}}activation(tanh)
// CHECK-NEXT: treadle.activate silu
func.func @of_activated_linear(%x: tensor<?x4xf32>, %w: tensor<2x4xf32>) -> tensor<?x2xf32> {
  %y = treadle.linear %x, %w activation(tanh) : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
  %z = treadle.activate silu %y : tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}

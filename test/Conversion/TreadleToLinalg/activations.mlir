// RUN: treadle-opt %s --treadle-to-linalg --canonicalize | FileCheck %s

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// x (1/2 erf(x/sqrt 2) + 1/2)
// CHECK-LABEL: func @gelu(
// CHECK-DAG:     %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK-DAG:     %[[ROOT:.*]] = arith.constant 0.707106769 : f32
// CHECK:         ^bb0(%[[X:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
// CHECK:           %[[A:.*]] = arith.mulf %[[X]], %[[ROOT]]
// CHECK:           %[[ERF:.*]] = math.erf %[[A]]
// CHECK:           %[[SHARE:.*]] = math.fma %[[HALF]], %[[ERF]], %[[HALF]]
// CHECK:           %[[Y:.*]] = arith.mulf %[[X]], %[[SHARE]]
// CHECK:           linalg.yield %[[Y]]
func.func @gelu(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %y = treadle.linear %x, %w activation(gelu) : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
// CHECK-LABEL: func @gelu_tanh(
// CHECK-DAG:     %[[INNER:.*]] = arith.constant 0.797884583 : f32
// CHECK-DAG:     %[[CUBIC:.*]] = arith.constant 4.471500e-02 : f32
// CHECK:         ^bb0(%[[X:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
// CHECK:           %[[X2:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK:           %[[X3:.*]] = arith.mulf %[[X2]], %[[X]]
// CHECK:           %[[A:.*]] = arith.mulf %[[X3]], %[[CUBIC]]
// CHECK:           %[[B:.*]] = arith.addf %[[X]], %[[A]]
// CHECK:           %[[C:.*]] = arith.mulf %[[B]], %[[INNER]]
// CHECK:           math.tanh %[[C]]
func.func @gelu_tanh(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %y = treadle.linear %x, %w activation(gelu_tanh) : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// CHECK-LABEL: func @relu(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK:         arith.maximumf %{{.*}}, %[[ZERO]]
func.func @relu(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %y = treadle.linear %x, %w activation(relu) : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// x / (1 + e^-x)
// CHECK-LABEL: func @silu(
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG:     %[[SLOPE:.*]] = arith.constant -1.000000e+00 : f32
// CHECK:         ^bb0(%[[X:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
// CHECK:           %[[MINUS:.*]] = arith.mulf %[[X]], %[[SLOPE]]
// CHECK:           %[[E:.*]] = math.exp %[[MINUS]]
// CHECK:           %[[D:.*]] = arith.addf %[[E]], %[[ONE]]
// CHECK:           arith.divf %[[X]], %[[D]]
func.func @silu(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %y = treadle.linear %x, %w activation(silu) : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
// CHECK-LABEL: func @quick_gelu(
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG:     %[[SLOPE:.*]] = arith.constant -1.702000e+00 : f32
// CHECK:         ^bb0(%[[X:[a-z0-9_]+]]: f32, %{{[a-z0-9_]+}}: f32):
// CHECK:           %[[SCALED:.*]] = arith.mulf %[[X]], %[[SLOPE]]
// CHECK:           %[[E:.*]] = math.exp %[[SCALED]]
// CHECK:           %[[D:.*]] = arith.addf %[[E]], %[[ONE]]
// CHECK:           arith.divf %[[X]], %[[D]]
func.func @quick_gelu(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %y = treadle.linear %x, %w activation(quick_gelu) : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// CHECK-LABEL: func @relu_squared(
// CHECK:           %[[R:.*]] = arith.maximumf
// CHECK:           arith.mulf %[[R]], %[[R]]
func.func @relu_squared(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %y = treadle.linear %x, %w activation(relu_squared) : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
}

// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @layer_norm
func.func @layer_norm(%x: tensor<?x?x4xbf16>, %gain: tensor<4xbf16>) -> tensor<?x?x4xbf16> {
  // CHECK: treadle.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon({{.*}}) : tensor<?x?x4xbf16>, tensor<4xbf16>, tensor<4xbf16>
  %y = treadle.layer_norm %x, %gain, %gain epsilon(1.0e-12)
      : tensor<?x?x4xbf16>, tensor<4xbf16>, tensor<4xbf16>
  // CHECK: epsilon(0.000000e+00) : tensor<?x?x4xbf16>, tensor<4xbf16>
  %z = treadle.layer_norm %y, %gain epsilon(0.0) : tensor<?x?x4xbf16>, tensor<4xbf16>
  return %z : tensor<?x?x4xbf16>
}

// CHECK-LABEL: @pool
func.func @pool(%x: tensor<?x?x4xf32>, %lengths: tensor<?xi64>) {
  // CHECK: treadle.pool mean %{{.*}} lengths(%{{.*}}) : (tensor<?x?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %0 = treadle.pool mean %x lengths(%lengths)
      : (tensor<?x?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  // CHECK: treadle.pool max %{{.*}} : (tensor<?x?x4xf32>) -> tensor<?x4xf32>
  %1 = treadle.pool max %x : (tensor<?x?x4xf32>) -> tensor<?x4xf32>
  // CHECK: treadle.pool first %{{.*}} :
  %2 = treadle.pool first %x : (tensor<?x?x4xf32>) -> tensor<?x4xf32>
  return
}

// CHECK-LABEL: @unit_norm
func.func @unit_norm(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: treadle.unit_norm %{{.*}} epsilon({{.*}}) : tensor<?x4xf32>
  %y = treadle.unit_norm %x epsilon(1.0e-12) : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @rms_norm
func.func @rms_norm(%x: tensor<?x4xf32>, %gain: tensor<4xf32>) -> tensor<?x4xf32> {
  // CHECK: treadle.rms_norm %{{.*}}, %{{.*}} epsilon({{.*}}) : tensor<?x4xf32>, tensor<4xf32>
  %y = treadle.rms_norm %x, %gain epsilon(1.0e-6) : tensor<?x4xf32>, tensor<4xf32>
  // CHECK: treadle.rms_norm %{{.*}} epsilon({{.*}}) : tensor<?x4xf32>{{$}}
  %z = treadle.rms_norm %y epsilon(0.0) : tensor<?x4xf32>
  return %z : tensor<?x4xf32>
}

// CHECK-LABEL: @softmax
func.func @softmax(%x: tensor<2x?x?xf32>) -> tensor<2x?x?xf32> {
  // CHECK: treadle.softmax %{{.*}} : tensor<2x?x?xf32>
  %y = treadle.softmax %x : tensor<2x?x?xf32>
  return %y : tensor<2x?x?xf32>
}

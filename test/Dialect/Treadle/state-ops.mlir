// RUN: treadle-opt %s | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --mlir-print-op-generic | treadle-opt | FileCheck %s
// RUN: treadle-opt %s --emit-bytecode | treadle-opt | FileCheck %s

// CHECK-LABEL: @cache_append
func.func @cache_append(%t: tensor<?x?x3x64xbf16>, %c: tensor<?x256x3x64xbf16>, %lengths: tensor<?xi64>)
    -> tensor<?x256x3x64xbf16> {
  // CHECK: treadle.cache_append %{{.*}} to(%{{.*}}) at(%{{.*}}) : tensor<?x?x3x64xbf16>, tensor<?x256x3x64xbf16>, tensor<?xi64>
  %0 = treadle.cache_append %t to(%c) at(%lengths)
      : tensor<?x?x3x64xbf16>, tensor<?x256x3x64xbf16>, tensor<?xi64>
  // CHECK: treadle.cache_append %{{.*}} to(%{{.*}}) at(%{{.*}}) ring :
  %1 = treadle.cache_append %t to(%0) at(%lengths) ring
      : tensor<?x?x3x64xbf16>, tensor<?x256x3x64xbf16>, tensor<?xi64>
  return %1 : tensor<?x256x3x64xbf16>
}

// CHECK-LABEL: @cache_read
func.func @cache_read(%c: tensor<2x256xi32>, %lengths: tensor<2xi32>) {
  // CHECK: treadle.cache_read %{{.*}} at(%{{.*}}) ring : tensor<2x256xi32>, tensor<2xi32>
  %0 = treadle.cache_read %c at(%lengths) ring : tensor<2x256xi32>, tensor<2xi32>
  // CHECK: treadle.cache_read %{{.*}} at(%{{.*}}) : tensor<2x256xi32>, tensor<2xi32>
  %1 = treadle.cache_read %c at(%lengths) : tensor<2x256xi32>, tensor<2xi32>
  return
}

// RUN: treadle-opt %s --treadle-locate-work --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --implicit-check-not=locate-work
// RUN: treadle-opt %s --treadle-model-to-llvm=locate=true --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=LLVM

// Operations have the name of their work and its number as a place, and all else has none.
// CHECK:     treadle.parameter "gain" {{.*}}loc("-":0:0)
// CHECK:     arith.mulf {{.*}}loc("gain":1:1)
// CHECK:     } -> tensor<8x8xf32> loc("gain":1:1)
// CHECK:     math.absf {{.*}}loc("elementwise":2:1)
// CHECK:     return {{.*}} loc("-":0:0)

// Machine code is told of it.
// LLVM:      llvm.func {{.*}}@f_body
// LLVM:      llvm.fmul {{.*}}loc({{.*}}"gain":1:1
#id = affine_map<(m, n) -> (m, n)>
#turned = affine_map<(m, n) -> (n, m)>
#column = affine_map<(m, n) -> (n)>
module {
  func.func @f(%x: tensor<8x8xf32> {treadle.named = #treadle.named<"x", dims = ["", ""]>}) -> tensor<8x8xf32> {
    %e = tensor.empty() : tensor<8x8xf32>
    %g = treadle.parameter "gain" : tensor<8xf32>
    %y = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x, %g : tensor<8x8xf32>, tensor<8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%a: f32, %c: f32, %out: f32):
      %1 = arith.mulf %a, %c : f32
      linalg.yield %1 : f32
    } -> tensor<8x8xf32>
    %t = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
        ins(%y : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%a: f32, %out: f32):
      %1 = math.absf %a : f32
      linalg.yield %1 : f32
    } -> tensor<8x8xf32>
    return %t : tensor<8x8xf32>
  }
}

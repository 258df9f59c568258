// RUN: treadle-opt %s --treadle-decide --treadle-insert-counters --resolve-shaped-type-result-dims --canonicalize --split-input-file | FileCheck %s
// RUN: treadle-opt %s --treadle-structured-to-tiled=profile=true --split-input-file | FileCheck %s --check-prefix=TILED
// RUN: treadle-opt %s --treadle-structured-to-tiled --split-input-file | FileCheck %s --implicit-check-not=treadle.count --check-prefix=NONE

// A product with what is fused is one piece: 2 n 64 8 operations and n 64 additions of a bias;
// it reads n 8 + 64 8 + 64 floats and writes n 64. Its name is the weight's.
// CHECK-LABEL: @product
// CHECK-DAG:     %[[EACH:.*]] = arith.constant 1024 : index
// CHECK-DAG:     %[[ADDED:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[READ:.*]] = arith.constant 32 : index
// CHECK-DAG:     %[[WRITTEN:.*]] = arith.constant 256 : index
// CHECK-DAG:     %[[PARAMETERS:.*]] = arith.constant 2304 : index
// CHECK:         %[[N:.*]] = tensor.dim
// CHECK:         treadle.count "up.weight" operations(%{{.*}}) bytes(%{{.*}})

// Nothing asks for the extents of what tiling replaces; the count is behind its loop.
// TILED-LABEL: @product
// TILED:         scf.forall
// TILED-NOT:     scf.forall (
// TILED:         treadle.count "up.weight"

// NONE-LABEL: @product
#rows = affine_map<(m, p, k, n) -> (m, k)>
#panels = affine_map<(m, p, k, n) -> (p, k, n)>
#result = affine_map<(m, p, k, n) -> (m, p, n)>
#same = affine_map<(m, p, n) -> (m, p, n)>
#bias = affine_map<(m, p, n) -> (p, n)>
module attributes {treadle.stage = #treadle.stage<structured>,
    treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
  func.func @product(%x: tensor<?x8xf32>) -> tensor<?x2x32xf32> {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %n = tensor.dim %x, %c0 : tensor<?x8xf32>
    %w = treadle.parameter "up.weight" : tensor<2x8x32xf32>
    %b = treadle.parameter "up.bias" : tensor<2x32xf32>
    %e = tensor.empty(%n) : tensor<?x2x32xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2x32xf32>) -> tensor<?x2x32xf32>
    %p = linalg.generic {indexing_maps = [#rows, #panels, #result], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
        ins(%x, %w : tensor<?x8xf32>, tensor<2x8x32xf32>) outs(%f : tensor<?x2x32xf32>) {
    ^bb0(%a: f32, %c: f32, %out: f32):
      %1 = arith.mulf %a, %c : f32
      %2 = arith.addf %out, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<?x2x32xf32>
    %s = linalg.generic {indexing_maps = [#same, #bias, #same], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%p, %b : tensor<?x2x32xf32>, tensor<2x32xf32>) outs(%p : tensor<?x2x32xf32>) {
    ^bb0(%a: f32, %c: f32, %out: f32):
      %1 = arith.addf %a, %c : f32
      linalg.yield %1 : f32
    } -> tensor<?x2x32xf32>
    return %s : tensor<?x2x32xf32>
  }
}

// -----

// In a loop over layers each has a counter; two pieces of one name are told apart. What was
// prepared of several parameters is named after them all.
// CHECK-LABEL: @layers
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// CHECK:           treadle.count "layer.{}.q|k.weight"[%[[I]] of 6]
// CHECK:         treadle.count "elementwise" operations(%c64) bytes(%c512)
// CHECK:         treadle.count "elementwise#2" operations(%c64) bytes(%c512)
// TILED-LABEL: @layers
// NONE-LABEL: @layers
#id = affine_map<(m, n) -> (m, n)>
#turned = affine_map<(m, n) -> (n, m)>
#column = affine_map<(m, n) -> (n)>
module attributes {treadle.stage = #treadle.stage<structured>,
    treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
  func.func @layers(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c6 = arith.constant 6 : index
    %e = tensor.empty() : tensor<8x8xf32>
    %r = scf.for %i = %c0 to %c6 step %c1 iter_args(%h = %x) -> (tensor<8x8xf32>) {
      %w = treadle.parameter "layer.{}.q.weight.prepared"[%i of 6] : tensor<8xf32>
      %y = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
          ins(%h, %w : tensor<8x8xf32>, tensor<8xf32>) outs(%h : tensor<8x8xf32>) {
      ^bb0(%a: f32, %c: f32, %out: f32):
        %1 = arith.mulf %a, %c : f32
        linalg.yield %1 : f32
      } -> tensor<8x8xf32>
      scf.yield %y : tensor<8x8xf32>
    }
    %s = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%r : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%a: f32, %out: f32):
      %1 = math.absf %a : f32
      linalg.yield %1 : f32
    } -> tensor<8x8xf32>
    // Rows of it need all rows of the one before.
    %t = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
        ins(%s : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
    ^bb0(%a: f32, %out: f32):
      %1 = arith.negf %a : f32
      linalg.yield %1 : f32
    } -> tensor<8x8xf32>
    return %t : tensor<8x8xf32>
  }
  func.func @prepare_0(%i: tensor<i64>) -> tensor<8xf32> attributes {
      treadle.prepared = #treadle.prepared<"layer.{}.q.weight.prepared", members = 6>} {
    %e = tensor.extract %i[] : tensor<i64>
    %n = arith.index_cast %e : i64 to index
    %q = treadle.parameter "layer.{}.q.weight"[%n of 6] : tensor<4xf32>
    %k = treadle.parameter "layer.{}.k.weight"[%n of 6] : tensor<4xf32>
    %w = tensor.concat dim(0) %q, %k : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
    return %w : tensor<8xf32>
  }
}

// -----

// Attention counts what its mask shows: queries at their positions, keys up to a length.
// CHECK-LABEL: @masked
// CHECK:         scf.for
// CHECK:           tensor.extract
// CHECK:           scf.for
// CHECK:         treadle.count "attention"
// TILED-LABEL: @masked
// TILED:         treadle.count "attention"
// NONE-LABEL: @masked
module attributes {treadle.stage = #treadle.stage<structured>,
    treadle.target = #treadle.target<cpu = "x86-64-v4", features = "+avx512f", vectorBits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
  func.func @masked(%q: tensor<2x?x8xf32>, %k: tensor<2x?x8xf32>, %v: tensor<2x?x8xf32>, %l: tensor<2xi64>) -> tensor<2x?x8xf32> {
    %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
        mask(#treadle.mask<causal, keys_within_lengths>) lengths(%l)
        indexing_maps = [affine_map<(b, m, n, d, e) -> (b, m, d)>, affine_map<(b, m, n, d, e) -> (b, n, d)>,
                         affine_map<(b, m, n, d, e) -> (b, n, e)>, affine_map<(b, m, n, d, e) -> (b, m, e)>]
        : (tensor<2x?x8xf32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>, tensor<2xi64>) -> tensor<2x?x8xf32>
    return %o : tensor<2x?x8xf32>
  }
}

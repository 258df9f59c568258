// RUN: treadle-opt %s --treadle-set-target=cpu=x86-64-v4 --treadle-decide --treadle-tile --canonicalize --split-input-file | FileCheck %s

// A product that brings whole rows for all panels makes the norm that they are, in rows that a line is added
// to. There are as many blocks of columns as there are threads to a block of rows, and no more than panels.
#row = affine_map<(m, k) -> (m)>
#elements = affine_map<(m, k) -> (m, k)>
#gain = affine_map<(m, k) -> (k)>
#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
// CHECK-LABEL: func @norm(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x64xf32>, %[[G:[^:]*]]: tensor<64xf32>, %[[W:[^:]*]]: tensor<9x32x32x2xbf16>
// CHECK:         %[[BLOCKS:.*]] = arith.maxui %{{.*}}, %c1
// CHECK:         %[[TEAM:.*]] = treadle.team_size
// CHECK:         %[[SHARES:.*]] = arith.ceildivui %[[TEAM]], %[[BLOCKS]]
// CHECK:         %[[MOST:.*]] = arith.minui %[[SHARES]], %c9
// CHECK:         %[[COLUMNS:.*]] = arith.maxui %[[MOST]], %c1
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, %[[COLUMNS]])
// CHECK-DAG:       %[[OWN:.*]] = tensor.empty() : tensor<96x96xbf16>
// CHECK-DAG:       %[[TO:.*]] = tensor.extract_slice %[[OWN]][0, 0] [%[[ROWS:.*]], 64]
// CHECK-DAG:       %[[FROM:.*]] = tensor.extract_slice %[[X]][%{{.*}}, 0] [%[[ROWS]], 64]
// CHECK:           %[[SQUARES:.*]] = linalg.generic {{.*}}"reduction"]} ins(%[[FROM]]
// CHECK:           %[[NORM:.*]] = linalg.generic {{.*}} ins(%[[FROM]], %[[SQUARES]], %[[G]] {{.*}} outs(%[[TO]]
// CHECK:           %[[PAIRS:.*]] = tensor.expand_shape %[[NORM]] {{\[}}[0], [1, 2]] output_shape [%[[ROWS]], 32, 2]
// CHECK:           scf.for
// CHECK:             linalg.generic {{.*}} ins(%[[PAIRS]],
// CHECK:         scf.forall.in_parallel
// CHECK-NOT:     scf.forall
func.func @norm(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %w: tensor<9x32x32x2xbf16>, %y: tensor<?x9x32xf32>) -> tensor<?x9x32xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e0 = tensor.empty(%m) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?xf32>) -> tensor<?xf32>
  %squares = linalg.generic
      {indexing_maps = [#elements, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x64xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%v: f32, %acc: f32):
    %t = arith.mulf %v, %v : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %e1 = tensor.empty(%m) : tensor<?x64xbf16>
  %norm = linalg.generic
      {indexing_maps = [#elements, #row, #gain, #elements], iterator_types = ["parallel", "parallel"]}
      ins(%x, %squares, %g : tensor<?x64xf32>, tensor<?xf32>, tensor<64xf32>) outs(%e1 : tensor<?x64xbf16>) {
  ^bb0(%v: f32, %s: f32, %a: f32, %o: bf16):
    %r = math.rsqrt %s : f32
    %t = arith.mulf %v, %r : f32
    %u = arith.mulf %t, %a : f32
    %b = arith.truncf %u : f32 to bf16
    linalg.yield %b : bf16
  } -> tensor<?x64xbf16>
  %pairs = tensor.expand_shape %norm [[0], [1, 2]] output_shape [%m, 32, 2] : tensor<?x64xbf16> into tensor<?x32x2xbf16>
  %z = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%pairs, %w : tensor<?x32x2xbf16>, tensor<9x32x32x2xbf16>) outs(%y : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 288], tile = [12, 32], reduction = 64, threads = 2>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  return %z : tensor<?x9x32xf32>
}

// -----

// What a decision about rows says is not the product's.
#row = affine_map<(m, k) -> (m)>
#elements = affine_map<(m, k) -> (m, k)>
#gain = affine_map<(m, k) -> (k)>
#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
// CHECK-LABEL: func @decided(
// CHECK:         scf.forall
// CHECK:           math.rsqrt
// CHECK:         scf.forall
// CHECK:           bufferization.materialize_in_destination
// CHECK-NOT:       math.rsqrt
// CHECK:         return
func.func @decided(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %w: tensor<9x32x32x2xbf16>, %y: tensor<?x9x32xf32>) -> tensor<?x9x32xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e0 = tensor.empty(%m) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?xf32>) -> tensor<?xf32>
  %squares = linalg.generic
      {indexing_maps = [#elements, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x64xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%v: f32, %acc: f32):
    %t = arith.mulf %v, %v : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %e1 = tensor.empty(%m) : tensor<?x64xbf16>
  %norm = linalg.generic
      {indexing_maps = [#elements, #row, #gain, #elements], iterator_types = ["parallel", "parallel"]}
      ins(%x, %squares, %g : tensor<?x64xf32>, tensor<?xf32>, tensor<64xf32>) outs(%e1 : tensor<?x64xbf16>)
      attrs = {treadle.lowering = #treadle.rows<block = 4>} {
  ^bb0(%v: f32, %s: f32, %a: f32, %o: bf16):
    %r = math.rsqrt %s : f32
    %t = arith.mulf %v, %r : f32
    %u = arith.mulf %t, %a : f32
    %b = arith.truncf %u : f32 to bf16
    linalg.yield %b : bf16
  } -> tensor<?x64xbf16>
  %pairs = tensor.expand_shape %norm [[0], [1, 2]] output_shape [%m, 32, 2] : tensor<?x64xbf16> into tensor<?x32x2xbf16>
  %z = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%pairs, %w : tensor<?x32x2xbf16>, tensor<9x32x32x2xbf16>) outs(%y : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 288], tile = [12, 32], reduction = 64, threads = 2>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  return %z : tensor<?x9x32xf32>
}

// -----

// Nor is what others read, too.
#row = affine_map<(m, k) -> (m)>
#elements = affine_map<(m, k) -> (m, k)>
#gain = affine_map<(m, k) -> (k)>
#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
// CHECK-LABEL: func @shared(
// CHECK:         scf.forall
// CHECK:           math.rsqrt
// CHECK:         scf.forall
// CHECK-NOT:       math.rsqrt
// CHECK:         return
func.func @shared(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %w: tensor<9x32x32x2xbf16>, %y: tensor<?x9x32xf32>) -> (tensor<?x9x32xf32>, tensor<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e0 = tensor.empty(%m) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?xf32>) -> tensor<?xf32>
  %squares = linalg.generic
      {indexing_maps = [#elements, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x64xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%v: f32, %acc: f32):
    %t = arith.mulf %v, %v : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %e1 = tensor.empty(%m) : tensor<?x64xbf16>
  %norm = linalg.generic
      {indexing_maps = [#elements, #row, #gain, #elements], iterator_types = ["parallel", "parallel"]}
      ins(%x, %squares, %g : tensor<?x64xf32>, tensor<?xf32>, tensor<64xf32>) outs(%e1 : tensor<?x64xbf16>) {
  ^bb0(%v: f32, %s: f32, %a: f32, %o: bf16):
    %r = math.rsqrt %s : f32
    %t = arith.mulf %v, %r : f32
    %u = arith.mulf %t, %a : f32
    %b = arith.truncf %u : f32 to bf16
    linalg.yield %b : bf16
  } -> tensor<?x64xbf16>
  %pairs = tensor.expand_shape %norm [[0], [1, 2]] output_shape [%m, 32, 2] : tensor<?x64xbf16> into tensor<?x32x2xbf16>
  %z = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%pairs, %w : tensor<?x32x2xbf16>, tensor<9x32x32x2xbf16>) outs(%y : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 288], tile = [12, 32], reduction = 64, threads = 2>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  return %z, %norm : tensor<?x9x32xf32>, tensor<?x64xbf16>
}

// -----

// Blocks that have a part of the panels would make rows again and again: they copy them.
#row = affine_map<(m, k) -> (m)>
#elements = affine_map<(m, k) -> (m, k)>
#gain = affine_map<(m, k) -> (k)>
#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
// CHECK-LABEL: func @panels(
// CHECK:         scf.forall
// CHECK:           math.rsqrt
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, 3)
// CHECK:           bufferization.materialize_in_destination
// CHECK:         return
func.func @panels(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %w: tensor<9x32x32x2xbf16>, %y: tensor<?x9x32xf32>) -> tensor<?x9x32xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e0 = tensor.empty(%m) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?xf32>) -> tensor<?xf32>
  %squares = linalg.generic
      {indexing_maps = [#elements, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x64xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%v: f32, %acc: f32):
    %t = arith.mulf %v, %v : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %e1 = tensor.empty(%m) : tensor<?x64xbf16>
  %norm = linalg.generic
      {indexing_maps = [#elements, #row, #gain, #elements], iterator_types = ["parallel", "parallel"]}
      ins(%x, %squares, %g : tensor<?x64xf32>, tensor<?xf32>, tensor<64xf32>) outs(%e1 : tensor<?x64xbf16>) {
  ^bb0(%v: f32, %s: f32, %a: f32, %o: bf16):
    %r = math.rsqrt %s : f32
    %t = arith.mulf %v, %r : f32
    %u = arith.mulf %t, %a : f32
    %b = arith.truncf %u : f32 to bf16
    linalg.yield %b : bf16
  } -> tensor<?x64xbf16>
  %pairs = tensor.expand_shape %norm [[0], [1, 2]] output_shape [%m, 32, 2] : tensor<?x64xbf16> into tensor<?x32x2xbf16>
  %z = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%pairs, %w : tensor<?x32x2xbf16>, tensor<9x32x32x2xbf16>) outs(%y : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 128], tile = [12, 32], reduction = 64, threads = 2>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  return %z : tensor<?x9x32xf32>
}

// -----

// Nor what is written over: other blocks of columns would find the new rows.
#row = affine_map<(m, k) -> (m)>
#elements = affine_map<(m, k) -> (m, k)>
#gain = affine_map<(m, k) -> (k)>
#left = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made = affine_map<(m, p, k, n, i) -> (m, p, n)>
// CHECK-LABEL: func @overwritten(
// CHECK:         scf.forall
// CHECK:           math.rsqrt
// CHECK:         scf.forall
// CHECK:           bufferization.materialize_in_destination
// CHECK-NOT:       math.rsqrt
// CHECK:         return
func.func @overwritten(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %w: tensor<2x32x32x2xbf16>) -> tensor<?x2x32xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x64xf32>
  %y = tensor.expand_shape %x [[0], [1, 2]] output_shape [%n, 2, 32] : tensor<?x64xf32> into tensor<?x2x32xf32>
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e0 = tensor.empty(%m) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?xf32>) -> tensor<?xf32>
  %squares = linalg.generic
      {indexing_maps = [#elements, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x64xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%v: f32, %acc: f32):
    %t = arith.mulf %v, %v : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  %e1 = tensor.empty(%m) : tensor<?x64xbf16>
  %norm = linalg.generic
      {indexing_maps = [#elements, #row, #gain, #elements], iterator_types = ["parallel", "parallel"]}
      ins(%x, %squares, %g : tensor<?x64xf32>, tensor<?xf32>, tensor<64xf32>) outs(%e1 : tensor<?x64xbf16>) {
  ^bb0(%v: f32, %s: f32, %a: f32, %o: bf16):
    %r = math.rsqrt %s : f32
    %t = arith.mulf %v, %r : f32
    %u = arith.mulf %t, %a : f32
    %b = arith.truncf %u : f32 to bf16
    linalg.yield %b : bf16
  } -> tensor<?x64xbf16>
  %pairs = tensor.expand_shape %norm [[0], [1, 2]] output_shape [%m, 32, 2] : tensor<?x64xbf16> into tensor<?x32x2xbf16>
  %z = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%pairs, %w : tensor<?x32x2xbf16>, tensor<2x32x32x2xbf16>) outs(%y : tensor<?x2x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 64], tile = [12, 32], reduction = 64, threads = 2>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x2x32xf32>
  return %z : tensor<?x2x32xf32>
}


// RUN: treadle-opt %s --treadle-tile --canonicalize | FileCheck %s

// Rows in balanced blocks: as many as are needed, none of more than 96 rows; fours of rows are shared by
// them as equally as can be: block i has those from i fours / blocks on. One panel at a time. The bias is added in the same block, in the same place.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
#all = affine_map<(m, p, n) -> (m, p, n)>
#bias = affine_map<(m, p, n) -> (p, n)>
// CHECK-LABEL: func @product(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x64xf32>, %[[W:[^:]*]]: tensor<3x64x16xf32>, %[[B:[^:]*]]: tensor<3x16xf32>, %[[M:[^:]*]]: index
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[FOUR:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[BOUND:.*]] = arith.constant 96 : index
// CHECK-DAG:     %[[EMPTY:.*]] = tensor.empty(%[[M]])
// CHECK:         %[[COUNT:.*]] = arith.ceildivui %[[M]], %[[BOUND]]
// CHECK:         %[[FOURS:.*]] = arith.ceildivui %[[M]], %[[FOUR]]
// CHECK:         %[[SAFE:.*]] = arith.maxui %[[COUNT]], %[[ONE]]
// CHECK:         scf.forall (%[[I:.*]], %[[P:.*]]) in (%[[COUNT]], 3) shared_outs(%[[OUT:.*]] = %[[EMPTY]])
// CHECK:           %[[DONE:.*]] = arith.muli %[[I]], %[[FOURS]]
// CHECK:           %[[BEFORE:.*]] = arith.divui %[[DONE]], %[[SAFE]]
// CHECK:           %[[FIRST:.*]] = arith.muli %[[BEFORE]], %[[FOUR]]
// CHECK:           %[[NEXT:.*]] = arith.addi %[[I]], %[[ONE]]
// CHECK:           %[[THEN:.*]] = arith.muli %[[NEXT]], %[[FOURS]]
// CHECK:           %[[BEHIND:.*]] = arith.divui %[[THEN]], %[[SAFE]]
// CHECK:           %[[LAST:.*]] = arith.muli %[[BEHIND]], %[[FOUR]]
// CHECK:           %[[END:.*]] = arith.minui %[[LAST]], %[[M]]
// CHECK:           %[[ROWS:.*]] = arith.subi %[[END]], %[[FIRST]]
// CHECK-DAG:       %[[XB:.*]] = tensor.extract_slice %[[X]][%[[FIRST]], 0] [%[[ROWS]], 64]
// CHECK-DAG:       %[[WP:.*]] = tensor.extract_slice %[[W]][%[[P]], 0, 0] [1, 64, 16]
// CHECK-DAG:       %[[OB:.*]] = tensor.extract_slice %[[OUT]][%[[FIRST]], %[[P]], 0] [%[[ROWS]], 1, 16]
// CHECK:           %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%[[OB]] :
// CHECK:           %[[Y:.*]] = linalg.generic {{.*}} ins(%[[XB]], %[[WP]] : {{.*}} outs(%[[ZEROS]] : {{.*}}treadle.lowering = #treadle.product<block = [96, 16], tile = [6, 16]>
// CHECK:           %[[BP:.*]] = tensor.extract_slice %[[B]][%[[P]], 0] [1, 16]
// CHECK:           %[[Z:.*]] = linalg.generic {{.*}} ins(%[[Y]], %[[BP]] : {{.*}} outs(%[[OB]] :
// CHECK:           tensor.parallel_insert_slice %[[Z]] into %[[OUT]][%[[FIRST]], %[[P]], 0] [%[[ROWS]], 1, 16]
func.func @product(%x: tensor<?x64xf32>, %w: tensor<3x64x16xf32>, %b: tensor<3x16xf32>,
                   %m: index) -> tensor<?x3x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x3x16xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3x16xf32>) -> tensor<?x3x16xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x64xf32>, tensor<3x64x16xf32>) outs(%init : tensor<?x3x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 16], tile = [6, 16]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x16xf32>
  %z = linalg.generic
      {indexing_maps = [#all, #bias, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y, %b : tensor<?x3x16xf32>, tensor<3x16xf32>) outs(%e : tensor<?x3x16xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %s = arith.addf %l, %r : f32
    linalg.yield %s : f32
  } -> tensor<?x3x16xf32>
  return %z : tensor<?x3x16xf32>
}

// For two threads there are a multiple of two blocks, as long as each has four tiles of 6 rows; below 48
// rows there is one.
// CHECK-LABEL: func @shared(
// CHECK-SAME:    %[[M:[^:]*]]: index
// CHECK-DAG:     %[[TWO:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[LEAST:.*]] = arith.constant 24 : index
// CHECK-DAG:     %[[BOUND:.*]] = arith.constant 96 : index
// CHECK:         %[[NEEDED:.*]] = arith.ceildivui %[[M]], %[[BOUND]]
// CHECK:         %[[EACH:.*]] = arith.ceildivui %[[NEEDED]], %[[TWO]]
// CHECK:         %[[EVEN:.*]] = arith.muli %[[EACH]], %[[TWO]]
// CHECK:         %[[MOST:.*]] = arith.divui %[[M]], %[[LEAST]]
// CHECK:         %[[FEWER:.*]] = arith.minui %[[EVEN]], %[[MOST]]
// CHECK:         %[[COUNT:.*]] = arith.maxui %[[NEEDED]], %[[FEWER]]
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (%[[COUNT]], 3)
func.func @shared(%x: tensor<?x64xf32>, %w: tensor<3x64x16xf32>, %m: index) -> tensor<?x3x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x3x16xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3x16xf32>) -> tensor<?x3x16xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x64xf32>, tensor<3x64x16xf32>) outs(%init : tensor<?x3x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 16], tile = [6, 16], threads = 2>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x16xf32>
  return %y : tensor<?x3x16xf32>
}

// Into a residual stream, which is also read: the product gets memory of the thread's own, of
// a size known now.
// CHECK-LABEL: func @residual(
// CHECK-SAME:    %[[STREAM:[^:]*]]: tensor<?x3x16xf32>
// CHECK:         scf.forall {{.*}} shared_outs(%[[OUT:.*]] = %[[STREAM]])
// CHECK:           %[[OB:.*]] = tensor.extract_slice %[[OUT]]
// CHECK:           %[[OWN:.*]] = tensor.empty() : tensor<96x1x16xf32>
// CHECK:           %[[PART:.*]] = tensor.extract_slice %[[OWN]][0, 0, 0] [%{{.*}}, 1, 16]
// CHECK:           %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%[[PART]] :
// CHECK:           %[[Y:.*]] = linalg.generic {{.*}} outs(%[[ZEROS]] :
// CHECK:           linalg.generic {{.*}} ins(%[[OB]], %[[Y]] : {{.*}} outs(%[[OB]] :
func.func @residual(%stream: tensor<?x3x16xf32>, %x: tensor<?x64xf32>, %w: tensor<3x64x16xf32>,
                    %m: index) -> tensor<?x3x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x3x16xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3x16xf32>) -> tensor<?x3x16xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x64xf32>, tensor<3x64x16xf32>) outs(%init : tensor<?x3x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 16], tile = [6, 16]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x16xf32>
  %z = linalg.generic
      {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%stream, %y : tensor<?x3x16xf32>, tensor<?x3x16xf32>) outs(%stream : tensor<?x3x16xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %s = arith.addf %l, %r : f32
    linalg.yield %s : f32
  } -> tensor<?x3x16xf32>
  return %z : tensor<?x3x16xf32>
}

// On tile registers blocks are whole ones: they share sixteens of rows.
#left_pairs = affine_map<(m, p, k, n, i) -> (m, k, i)>
#right_pairs = affine_map<(m, p, k, n, i) -> (p, k, n, i)>
#made_pairs = affine_map<(m, p, k, n, i) -> (m, p, n)>
// CHECK-LABEL: func @registers(
// CHECK-DAG:     %[[SIXTEEN:.*]] = arith.constant 16 : index
// CHECK:         %[[TILES:.*]] = arith.ceildivui %{{.*}}, %[[SIXTEEN]]
// CHECK:         scf.forall (%[[I:.*]], %{{.*}}) in
// CHECK:           %[[DONE:.*]] = arith.muli %[[I]], %[[TILES]]
// CHECK:           %[[BEFORE:.*]] = arith.divui %[[DONE]]
// CHECK:           arith.muli %[[BEFORE]], %[[SIXTEEN]]
func.func @registers(%x: tensor<?x32x2xbf16>, %w: tensor<3x32x16x2xbf16>, %y: tensor<?x3x16xf32>) -> tensor<?x3x16xf32> {
  %z = linalg.generic
      {indexing_maps = [#left_pairs, #right_pairs, #made_pairs], iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x32x2xbf16>, tensor<3x32x16x2xbf16>) outs(%y : tensor<?x3x16xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [96, 16], tile = [32, 16], unit = amx_bf16>} {
  ^bb0(%l: bf16, %r: bf16, %acc: f32):
    %a = arith.extf %l : bf16 to f32
    %b = arith.extf %r : bf16 to f32
    %t = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x16xf32>
  return %z : tensor<?x3x16xf32>
}

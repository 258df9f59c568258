// RUN: treadle-opt %s --treadle-set-target=cpu=x86-64-v4 --treadle-decide --treadle-tile --canonicalize --split-input-file | FileCheck %s

// Panels hold some columns more than there are. Each is made in the thread's memory, and the columns that there
// are go to where they belong from there: there is one loop, and no result with padding.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
// CHECK-LABEL: func @columns(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x7xf32>
// CHECK:         %[[M:.*]] = tensor.dim %[[X]]
// CHECK:         %[[RESULT:.*]] = tensor.empty(%[[M]]) : tensor<?x70xf32>
// CHECK:         scf.forall (%{{.*}}, %[[P:.*]]) in (%{{.*}}, 3) shared_outs(%[[OUT:.*]] = %[[RESULT]])
// CHECK:           %[[FIRST:.*]] = arith.muli %[[P]], %c32
// CHECK:           %[[LEFT:.*]] = arith.subi %c70, %[[FIRST]]
// CHECK:           %[[SIZE:.*]] = arith.minsi %[[LEFT]], %c32
// CHECK:           %[[PLACE:.*]] = tensor.extract_slice %[[OUT]][%[[ROW:.*]], %[[FIRST]]] [%[[ROWS:.*]], %[[SIZE]]]
// CHECK:           %[[MEMORY:.*]] = tensor.empty() : tensor<24x1x32xf32>
// CHECK:           %[[OWN:.*]] = tensor.extract_slice %[[MEMORY]][0, 0, 0] [%[[ROWS]], 1, 32]
// CHECK:           %[[FILLED:.*]] = linalg.fill {{.*}} outs(%[[OWN]]
// CHECK:           %[[MADE:.*]] = linalg.generic {{.*}} outs(%[[FILLED]]
// CHECK:           %[[FLAT:.*]] = tensor.collapse_shape %[[MADE]] {{\[}}[0], [1, 2]]
// CHECK:           %[[THERE:.*]] = arith.minsi %[[SIZE]], %c32
// CHECK:           %[[TO:.*]] = tensor.extract_slice %[[PLACE]][0, 0] [%[[ROWS]], %[[THERE]]]
// CHECK:           %[[FROM:.*]] = tensor.extract_slice %[[FLAT]][0, 0] [%[[ROWS]], %[[THERE]]]
// CHECK:           %[[PUT:.*]] = bufferization.materialize_in_destination %[[FROM]] in %[[TO]]
// CHECK:           %[[BLOCK:.*]] = tensor.insert_slice %[[PUT]] into %[[PLACE]]
// CHECK:           tensor.parallel_insert_slice %[[BLOCK]] into %[[OUT]][%[[ROW]], %[[FIRST]]] [%[[ROWS]], %[[SIZE]]]
// CHECK-NOT:     scf.forall (
// CHECK-NOT:     linalg.copy
// CHECK:         return
func.func @columns(%x: tensor<?x7xf32>, %w: tensor<3x7x32xf32>) -> tensor<?x70xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x7xf32>
  %e = tensor.empty(%m) : tensor<?x3x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3x32xf32>) -> tensor<?x3x32xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x7xf32>, tensor<3x7x32xf32>) outs(%init : tensor<?x3x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [24, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x3x32xf32>
  %flat = tensor.collapse_shape %y [[0], [1, 2]] : tensor<?x3x32xf32> into tensor<?x96xf32>
  %slice = tensor.extract_slice %flat[0, 0] [%m, 70] [1, 1] : tensor<?x96xf32> to tensor<?x70xf32>
  %to = tensor.empty(%m) : tensor<?x70xf32>
  %z = linalg.copy ins(%slice : tensor<?x70xf32>) outs(%to : tensor<?x70xf32>) -> tensor<?x70xf32>
  return %z : tensor<?x70xf32>
}

// -----

// Sums of a reduction in parts are in the thread's memory already, and go from there. The last panel has none of the
// columns that are wanted and is not made; nor are rows that are not.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
// CHECK-LABEL: func @parts(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<40x1100xf32>, {{.*}}, %[[M:[^:]*]]: index
// CHECK:         %[[RESULT:.*]] = tensor.empty(%[[M]]) : tensor<?x200xf32>
// CHECK:         arith.ceildivui %[[M]], %c120
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, 2) shared_outs(%[[OUT:.*]] = %[[RESULT]])
// CHECK:           %[[END:.*]] = arith.minui %{{.*}}, %c7
// CHECK:           %[[PLACE:.*]] = tensor.extract_slice %[[OUT]]
// CHECK:           %[[SUM:.*]] = scf.for %{{.*}} = %c0 to %c1100 step %c512
// CHECK:           scf.for %[[P:.*]] = %c0 to %{{.*}} step %c1 iter_args(%[[CARRIED:.*]] = %[[PLACE]])
// CHECK-NEXT:        %[[MADE:.*]] = tensor.extract_slice %[[SUM]][0, %[[P]], 0] [%[[ROWS:.*]], 1, 32]
// CHECK-NEXT:        %[[FLAT:.*]] = tensor.collapse_shape %[[MADE]]
// CHECK-NEXT:        %[[FIRST:.*]] = arith.muli %[[P]], %c32
// CHECK:             %[[TO:.*]] = tensor.extract_slice %[[CARRIED]][0, %[[FIRST]]]
// CHECK-NEXT:        %[[FROM:.*]] = tensor.extract_slice %[[FLAT]]
// CHECK-NEXT:        bufferization.materialize_in_destination %[[FROM]] in %[[TO]]
// CHECK-NOT:     scf.forall (
// CHECK:         return
func.func @parts(%x: tensor<40x1100xf32>, %w: tensor<8x1100x32xf32>, %m: index) -> tensor<?x200xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<40x8x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<40x8x32xf32>) -> tensor<40x8x32xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<40x1100xf32>, tensor<8x1100x32xf32>) outs(%init : tensor<40x8x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [120, 128], tile = [12, 32], reduction = 512>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<40x8x32xf32>
  %flat = tensor.collapse_shape %y [[0], [1, 2]] : tensor<40x8x32xf32> into tensor<40x256xf32>
  %slice = tensor.extract_slice %flat[0, 0] [%m, 200] [1, 1] : tensor<40x256xf32> to tensor<?x200xf32>
  %to = tensor.empty(%m) : tensor<?x200xf32>
  %z = linalg.copy ins(%slice : tensor<?x200xf32>) outs(%to : tensor<?x200xf32>) -> tensor<?x200xf32>
  return %z : tensor<?x200xf32>
}

// -----

// What others read is made whole, what has a decision keeps it, and what begins elsewhere is not the first columns.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
// CHECK-LABEL: func @read(
// CHECK:         %[[Y:.*]] = scf.forall {{.*}} -> (tensor<40x3x32xf32>)
// CHECK:         scf.forall {{.*}} -> (tensor<40x70xf32>)
// CHECK:         return %{{.*}}, %[[Y]]
func.func @read(%x: tensor<40x7xf32>, %w: tensor<3x7x32xf32>) -> (tensor<40x70xf32>, tensor<40x3x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<40x3x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<40x3x32xf32>) -> tensor<40x3x32xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<40x7xf32>, tensor<3x7x32xf32>) outs(%init : tensor<40x3x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [24, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<40x3x32xf32>
  %flat = tensor.collapse_shape %y [[0], [1, 2]] : tensor<40x3x32xf32> into tensor<40x96xf32>
  %slice = tensor.extract_slice %flat[0, 0] [40, 70] [1, 1] : tensor<40x96xf32> to tensor<40x70xf32>
  %to = tensor.empty() : tensor<40x70xf32>
  %z = linalg.copy ins(%slice : tensor<40x70xf32>) outs(%to : tensor<40x70xf32>) -> tensor<40x70xf32>
  return %z, %y : tensor<40x70xf32>, tensor<40x3x32xf32>
}
// CHECK-LABEL: func @decided(
// CHECK:         scf.forall {{.*}} -> (tensor<40x3x32xf32>)
// CHECK:         scf.forall {{.*}} -> (tensor<40x70xf32>)
func.func @decided(%x: tensor<40x7xf32>, %w: tensor<3x7x32xf32>) -> tensor<40x70xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<40x3x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<40x3x32xf32>) -> tensor<40x3x32xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<40x7xf32>, tensor<3x7x32xf32>) outs(%init : tensor<40x3x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [24, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<40x3x32xf32>
  %flat = tensor.collapse_shape %y [[0], [1, 2]] : tensor<40x3x32xf32> into tensor<40x96xf32>
  %slice = tensor.extract_slice %flat[0, 0] [40, 70] [1, 1] : tensor<40x96xf32> to tensor<40x70xf32>
  %to = tensor.empty() : tensor<40x70xf32>
  %z = linalg.copy {treadle.lowering = #treadle.rows<block = 4>} ins(%slice : tensor<40x70xf32>) outs(%to : tensor<40x70xf32>) -> tensor<40x70xf32>
  return %z : tensor<40x70xf32>
}
// CHECK-LABEL: func @elsewhere(
// CHECK:         scf.forall {{.*}} -> (tensor<40x3x32xf32>)
// CHECK:         scf.forall {{.*}} -> (tensor<40x70xf32>)
func.func @elsewhere(%x: tensor<40x7xf32>, %w: tensor<3x7x32xf32>) -> tensor<40x70xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<40x3x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<40x3x32xf32>) -> tensor<40x3x32xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<40x7xf32>, tensor<3x7x32xf32>) outs(%init : tensor<40x3x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [24, 32], tile = [12, 32]>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<40x3x32xf32>
  %flat = tensor.collapse_shape %y [[0], [1, 2]] : tensor<40x3x32xf32> into tensor<40x96xf32>
  %slice = tensor.extract_slice %flat[0, 8] [40, 70] [1, 1] : tensor<40x96xf32> to tensor<40x70xf32>
  %to = tensor.empty() : tensor<40x70xf32>
  %z = linalg.copy ins(%slice : tensor<40x70xf32>) outs(%to : tensor<40x70xf32>) -> tensor<40x70xf32>
  return %z : tensor<40x70xf32>
}

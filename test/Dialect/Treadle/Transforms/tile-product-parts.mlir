// RUN: treadle-opt %s --treadle-tile --canonicalize | FileCheck %s

// A reduction in parts: the thread copies its rows for each part, into rows that are longer than
// a part by a cache line, and goes over its panels with them. The sums are its own, too, so that they stay in
// its caches from part to part. The last part of a reduction and the last block of panels are shorter.
#left = affine_map<(m, p, k, n) -> (m, k)>
#right = affine_map<(m, p, k, n) -> (p, k, n)>
#made = affine_map<(m, p, k, n) -> (m, p, n)>
#all = affine_map<(m, p, n) -> (m, p, n)>
// CHECK-LABEL: func @parts(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<?x1100xf32>, %[[W:[^:]*]]: tensor<9x1100x32xf32>, %[[STREAM:[^:]*]]: tensor<?x9x32xf32>
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, 3) shared_outs(%[[OUT:.*]] = %[[STREAM]])
// CHECK:           %[[NEXT:.*]] = arith.minui %{{.*}}, %c9
// CHECK:           %[[PANELS:.*]] = arith.subi %[[NEXT]]
// CHECK:           %[[PLACE:.*]] = tensor.extract_slice %[[OUT]][%[[FIRST:.*]], %[[PANEL:.*]], 0] [%[[ROWS:.*]], %[[PANELS]], 32]
// CHECK:           %[[OWN:.*]] = tensor.empty() : tensor<120x4x32xf32>
// CHECK:           %[[SUMS:.*]] = tensor.extract_slice %[[OWN]]
// CHECK:           %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%[[SUMS]] :
// CHECK:           %[[SUM:.*]] = scf.for %[[K:.*]] = %c0 to %c1100 step %c512 iter_args(%[[PARTIAL:.*]] = %[[ZEROS]])
// CHECK:             %[[STEPS:.*]] = arith.minsi %{{.*}}, %c512
// CHECK:             %[[FROM:.*]] = tensor.extract_slice %[[X]][%[[FIRST]], %[[K]]] [%[[ROWS]], %[[STEPS]]]
// CHECK:             %[[MEMORY:.*]] = tensor.empty() : tensor<120x528xf32>
// CHECK:             %[[TO:.*]] = tensor.extract_slice %[[MEMORY]][0, 0] [%[[ROWS]], %[[STEPS]]]
// CHECK:             %[[LEFT:.*]] = bufferization.materialize_in_destination %[[FROM]] in %[[TO]]
// CHECK:             scf.for %[[P:.*]] = %c0 to %[[PANELS]] step %c1 iter_args(%[[CARRIED:.*]] = %[[PARTIAL]])
// CHECK:               %[[AT:.*]] = arith.addi %[[PANEL]], %[[P]]
// CHECK:               %[[PART:.*]] = tensor.extract_slice %[[CARRIED]][0, %[[P]], 0] [%[[ROWS]], 1, 32]
// CHECK:               %[[RIGHT:.*]] = tensor.extract_slice %[[W]][%[[AT]], %[[K]], 0] [1, %[[STEPS]], 32]
// CHECK:               linalg.generic {{.*}} ins(%[[LEFT]], %[[RIGHT]] {{.*}} outs(%[[PART]]
// CHECK:           scf.for %[[P:.*]] = %c0 to %[[PANELS]] step %c1 iter_args(%[[CARRIED:.*]] = %[[PLACE]])
// CHECK:             %[[INTO:.*]] = tensor.extract_slice %[[CARRIED]][0, %[[P]], 0]
// CHECK:             %[[MADE:.*]] = tensor.extract_slice %[[SUM]][0, %[[P]], 0]
// CHECK:             linalg.generic {{.*}} ins(%[[MADE]] {{.*}} outs(%[[INTO]]
func.func @parts(%x: tensor<?x1100xf32>, %w: tensor<9x1100x32xf32>, %stream: tensor<?x9x32xf32>,
                 %m: index) -> tensor<?x9x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x9x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x9x32xf32>) -> tensor<?x9x32xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x1100xf32>, tensor<9x1100x32xf32>) outs(%init : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [120, 128], tile = [12, 32], reduction = 512>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  %z = linalg.generic
      {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : tensor<?x9x32xf32>) outs(%stream : tensor<?x9x32xf32>) {
  ^bb0(%l: f32, %o: f32):
    %s = arith.addf %l, %o : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  return %z : tensor<?x9x32xf32>
}

// The whole reduction is one part: rows are copied once, for all panels of the block, and a panel is
// ended while it is in the cache.
// CHECK-LABEL: func @rows(
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, 3)
// CHECK:           tensor.empty() : tensor<120x1040xf32>
// CHECK:           %[[LEFT:.*]] = bufferization.materialize_in_destination
// CHECK:           scf.for
// CHECK:             %[[ZEROS:.*]] = linalg.fill
// CHECK:             %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[LEFT]], {{.*}} outs(%[[ZEROS]]
// CHECK:             linalg.generic {{.*}} ins(%[[SUM]]
func.func @rows(%x: tensor<?x1024xf32>, %w: tensor<9x1024x32xf32>, %stream: tensor<?x9x32xf32>,
                 %m: index) -> tensor<?x9x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x9x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x9x32xf32>) -> tensor<?x9x32xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x1024xf32>, tensor<9x1024x32xf32>) outs(%init : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [120, 128], tile = [12, 32], reduction = 1024>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  %z = linalg.generic
      {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : tensor<?x9x32xf32>) outs(%e : tensor<?x9x32xf32>) {
  ^bb0(%l: f32, %o: f32):
    %s = arith.negf %l : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  return %z : tensor<?x9x32xf32>
}

// What is there is added to: the sums begin with a copy of it, of the destination's block where it is that.
// CHECK-LABEL: func @onto(
// CHECK-SAME:    %[[B:[^:]*]]: tensor<?x9x32xf32>
// CHECK:         scf.forall {{.*}} shared_outs(%[[OUT:.*]] = %[[B]])
// CHECK:           %[[PLACE:.*]] = tensor.extract_slice %[[OUT]]
// CHECK-NOT:       linalg.fill
// CHECK:           %[[COPY:.*]] = bufferization.materialize_in_destination %[[PLACE]] in
// CHECK:           %[[SUM:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[COPY]])
// CHECK:           scf.for {{.*}} iter_args(%[[CARRIED:.*]] = %[[PLACE]])
// CHECK:             %[[INTO:.*]] = tensor.extract_slice %[[CARRIED]]
// CHECK:             %[[MADE:.*]] = tensor.extract_slice %[[SUM]]
// CHECK:             bufferization.materialize_in_destination %[[MADE]] in %[[INTO]]
// CHECK:         scf.forall
// CHECK:           %[[OWN:.*]] = tensor.empty() : tensor<120x4x32xf32>
// CHECK:           %[[SUMS:.*]] = tensor.extract_slice %[[OWN]]
// CHECK:           %[[FROM:.*]] = tensor.extract_slice %[[B]]
// CHECK:           %[[COPY:.*]] = bufferization.materialize_in_destination %[[FROM]] in %[[SUMS]]
// CHECK:           scf.for {{.*}} iter_args(%{{.*}} = %[[COPY]])
func.func @onto(%b: tensor<?x9x32xf32>, %x: tensor<?x1100xf32>, %w: tensor<9x1100x32xf32>,
                %stream: tensor<?x9x32xf32>) -> (tensor<?x9x32xf32>, tensor<?x9x32xf32>) {
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x1100xf32>, tensor<9x1100x32xf32>) outs(%b : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [120, 128], tile = [12, 32], reduction = 512>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  %u = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x1100xf32>, tensor<9x1100x32xf32>) outs(%b : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [120, 128], tile = [12, 32], reduction = 512>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  %z = linalg.generic
      {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%u : tensor<?x9x32xf32>) outs(%stream : tensor<?x9x32xf32>) {
  ^bb0(%l: f32, %o: f32):
    %s = arith.addf %l, %o : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  return %y, %z : tensor<?x9x32xf32>, tensor<?x9x32xf32>
}

// What is made in the product's place is made in the block's: the sums are the thread's. What reads that place
// gets the sums put there first.
// CHECK-LABEL: func @place(
// CHECK:         scf.forall
// CHECK:           %[[PLACE:.*]] = tensor.extract_slice
// CHECK:           %[[SUM:.*]] = scf.for
// CHECK:           scf.for {{.*}} iter_args(%[[CARRIED:.*]] = %[[PLACE]])
// CHECK:             %[[INTO:.*]] = tensor.extract_slice %[[CARRIED]]
// CHECK:             %[[MADE:.*]] = tensor.extract_slice %[[SUM]]
// CHECK:             linalg.generic {{.*}} ins(%[[MADE]], {{.*}} outs(%[[INTO]]
// CHECK:         scf.forall
// CHECK:           %[[PLACE:.*]] = tensor.extract_slice
// CHECK:           %[[SUM:.*]] = scf.for
// CHECK:           scf.for {{.*}} iter_args(%[[CARRIED:.*]] = %[[PLACE]])
// CHECK:             %[[INTO:.*]] = tensor.extract_slice %[[CARRIED]]
// CHECK:             %[[MADE:.*]] = tensor.extract_slice %[[SUM]]
// CHECK:             %[[PUT:.*]] = bufferization.materialize_in_destination %[[MADE]] in %[[INTO]]
// CHECK:             linalg.generic {{.*}} outs(%[[PUT]]
#bias = affine_map<(m, p, n) -> (p, n)>
func.func @place(%x: tensor<?x1100xf32>, %w: tensor<9x1100x32xf32>, %b: tensor<9x32xf32>, %m: index)
    -> (tensor<?x9x32xf32>, tensor<?x9x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x9x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x9x32xf32>) -> tensor<?x9x32xf32>
  %y = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x1100xf32>, tensor<9x1100x32xf32>) outs(%init : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [120, 128], tile = [12, 32], reduction = 512>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  %z = linalg.generic
      {indexing_maps = [#all, #bias, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y, %b : tensor<?x9x32xf32>, tensor<9x32xf32>) outs(%y : tensor<?x9x32xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %s = arith.addf %l, %r : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  %u = linalg.generic
      {indexing_maps = [#left, #right, #made], iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%x, %w : tensor<?x1100xf32>, tensor<9x1100x32xf32>) outs(%init : tensor<?x9x32xf32>)
      attrs = {treadle.lowering = #treadle.product<block = [120, 128], tile = [12, 32], reduction = 512>} {
  ^bb0(%l: f32, %r: f32, %acc: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  %v = linalg.generic
      {indexing_maps = [#all, #bias, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%u, %b : tensor<?x9x32xf32>, tensor<9x32xf32>) outs(%u : tensor<?x9x32xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %s = arith.addf %o, %t : f32
    linalg.yield %s : f32
  } -> tensor<?x9x32xf32>
  return %z, %v : tensor<?x9x32xf32>, tensor<?x9x32xf32>
}

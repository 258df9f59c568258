// RUN: treadle-opt %s --treadle-vectorize --canonicalize --cse | FileCheck %s

module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// What does not depend on the lane is a scalar, computed once a row.
// CHECK-LABEL: func @elementwise(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x24xf32>, %[[G:[^:]*]]: memref<?xf32>, %[[Y:[^:]*]]: memref<?x24xf32>
// CHECK:         scf.for %[[M:[a-z0-9]+]] =
// CHECK-NEXT:      %[[E:.*]] = memref.load %[[G]][%[[M]]]
// CHECK-NEXT:      %[[R:.*]] = math.sqrt %[[E]] : f32
// CHECK-NEXT:      scf.for %[[N:[a-z0-9]+]] = %{{.*}} to %{{.*}} step %c8
// CHECK-NEXT:        %[[V:.*]] = vector.load %[[X]][%[[M]], %[[N]]] : memref<?x24xf32>, vector<8xf32>
// CHECK-NEXT:        %[[B:.*]] = vector.broadcast %[[R]] : f32 to vector<8xf32>
// CHECK-NEXT:        %[[D:.*]] = arith.divf %[[V]], %[[B]]
// CHECK-NEXT:        vector.store %[[D]], %[[Y]][%[[M]], %[[N]]]
func.func @elementwise(%x: memref<?x24xf32>, %g: memref<?xf32>, %y: memref<?x24xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>, affine_map<(m, n) -> (m, n)>],
       iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : memref<?x24xf32>, memref<?xf32>) outs(%y : memref<?x24xf32>) {
  ^bb0(%i: f32, %s: f32, %o: f32):
    %r = math.sqrt %s : f32
    %q = arith.divf %i, %r : f32
    linalg.yield %q : f32
  }
  return
}

// Along the lanes: an accumulator for each, two vectors at a time, and one reduction at the end.
// CHECK-LABEL: func @sum(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x64xf32>, %[[Y:[^:]*]]: memref<?xf32>
// CHECK-DAG:     %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK:         %[[BEFORE:.*]] = memref.load %[[Y]]
// CHECK:         %[[SUMS:.*]] = scf.for {{.*}} step %c16 iter_args(%[[ACC:.*]] = %[[ZEROS]]) -> (vector<16xf32>)
// CHECK:           %[[V:.*]] = vector.load %[[X]]
// CHECK:           %[[NEXT:.*]] = arith.addf %[[ACC]], %[[V]] : vector<16xf32>
// CHECK:           scf.yield %[[NEXT]]
// CHECK:         %[[SUM:.*]] = vector.reduction <add>, %[[SUMS]] fastmath<reassoc>
// CHECK:         %[[ALL:.*]] = arith.addf %[[SUM]], %[[BEFORE]]
// CHECK:         memref.store %[[ALL]], %[[Y]]
func.func @sum(%x: memref<?x64xf32>, %y: memref<?xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>],
       iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x64xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%i: f32, %acc: f32):
    %s = arith.addf %acc, %i : f32
    linalg.yield %s : f32
  }
  return
}

// Across the lanes: the reduction's loop is inside, and carries a vector.
// CHECK-LABEL: func @max(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x8xf32>, %[[Y:[^:]*]]: memref<8xf32>
// CHECK:         %[[BEFORE:.*]] = vector.load %[[Y]]
// CHECK:         %[[MAX:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[BEFORE]]) -> (vector<8xf32>)
// CHECK:           arith.maximumf %[[ACC]], %{{.*}} : vector<8xf32>
// CHECK:         vector.store %[[MAX]], %[[Y]]
func.func @max(%x: memref<?x8xf32>, %y: memref<8xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(n, m) -> (n, m)>, affine_map<(n, m) -> (m)>],
       iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<?x8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%i: f32, %acc: f32):
    %s = arith.maximumf %acc, %i : f32
    linalg.yield %s : f32
  }
  return
}

// What is left of an unknown extent is done element by element.
// CHECK-LABEL: func @rest(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[LANES:.*]] = arith.constant 8 : index
// CHECK:         %[[N:.*]] = memref.dim
// CHECK:         %[[VECTORS:.*]] = arith.divui %[[N]], %[[LANES]]
// CHECK:         %[[WHOLE:.*]] = arith.muli %[[VECTORS]], %[[LANES]]
// CHECK:         scf.for {{.*}} = %[[ZERO]] to %[[WHOLE]] step %[[LANES]]
// CHECK:           arith.negf {{.*}} : vector<8xf32>
// CHECK:         scf.for {{.*}} = %[[WHOLE]] to %[[N]] step %[[ONE]]
// CHECK:           arith.negf {{.*}} : f32
func.func @rest(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.negf %i : f32
    linalg.yield %s : f32
  }
  return
}

// A row of a table that an id chooses.
// CHECK-LABEL: func @gather(
// CHECK-SAME:    %[[IDS:[^:]*]]: memref<?xi64>, %[[TABLE:[^:]*]]: memref<50x24xf32>
// CHECK:         %[[ID:.*]] = memref.load %[[IDS]]
// CHECK:         %[[ROW:.*]] = arith.index_cast %[[ID]]
// CHECK:         scf.for %[[N:[a-z0-9]+]] =
// CHECK:           %[[V:.*]] = vector.load %[[TABLE]][%[[ROW]], %[[N]]]
// CHECK:           vector.store %[[V]]
func.func @gather(%ids: memref<?xi64>, %table: memref<50x24xf32>, %y: memref<?x24xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(m, n) -> (m)>, affine_map<(m, n) -> (m, n)>],
       iterator_types = ["parallel", "parallel"]}
      ins(%ids : memref<?xi64>) outs(%y : memref<?x24xf32>) {
  ^bb0(%i: i64, %o: f32):
    %row = arith.index_cast %i : i64 to index
    %c = linalg.index 1 : index
    %v = memref.load %table[%row, %c] : memref<50x24xf32>
    linalg.yield %v : f32
  }
  return
}

// What the result holds is added last, once: beside a long sum the terms of another would be lost. So it is where
// what is added up is stored, too.
// CHECK-LABEL: func @weights(
// CHECK-SAME:    %[[S:[^:]*]]: memref<?x8xf32>, %[[L:[^:]*]]: memref<8xf32>
// CHECK:         %[[ZEROS:.*]] = arith.constant dense<-0.000000e+00> : vector<8xf32>
// CHECK:         %[[SUM:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[ZEROS]])
// CHECK:           %[[W:.*]] = math.exp2
// CHECK-NEXT:      %[[NEXT:.*]] = arith.addf %[[ACC]], %[[W]]
// CHECK-NEXT:      vector.store %[[W]], %[[S]]
// CHECK:           scf.yield %[[NEXT]]
// CHECK:         %[[BEFORE:.*]] = vector.load %[[L]]
// CHECK:         %[[AFTER:.*]] = arith.addf %[[BEFORE]], %[[SUM]]
// CHECK:         vector.store %[[AFTER]], %[[L]]
func.func @weights(%s: memref<?x8xf32>, %l: memref<8xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(n, m) -> (n, m)>, affine_map<(n, m) -> (m)>],
       iterator_types = ["reduction", "parallel"]}
      outs(%s, %l : memref<?x8xf32>, memref<8xf32>) {
  ^bb0(%x: f32, %acc: f32):
    %w = math.exp2 %x : f32
    %a = arith.addf %acc, %w : f32
    linalg.yield %w, %a : f32, f32
  }
  return
}

// CHECK-LABEL: func @copy(
// CHECK-NOT:     memref.copy
// CHECK:         %[[V:.*]] = vector.load
// CHECK-NEXT:    vector.store %[[V]]
func.func @copy(%x: memref<4x16xf32>, %y: memref<4x16xf32>) {
  memref.copy %x, %y : memref<4x16xf32> to memref<4x16xf32>
  return
}

// Pairs are copied as the row that they are.
// CHECK-LABEL: func @copy_pairs(
// CHECK-SAME:    %[[X:[^:]*]]: memref<4x32x2xbf16, strided<[512, 2, 1]>>, %[[Y:[^:]*]]: memref<4x32x2xbf16, strided<[96, 2, 1]>>
// CHECK-DAG:     %[[FROM:.*]] = memref.collapse_shape %[[X]] {{.*}} into memref<4x64xbf16, strided<[512, 1]>>
// CHECK-DAG:     %[[TO:.*]] = memref.collapse_shape %[[Y]] {{.*}} into memref<4x64xbf16, strided<[96, 1]>>
// CHECK:         %[[V:.*]] = vector.load %[[FROM]][{{.*}} vector<32xbf16>
// CHECK-NEXT:    vector.store %[[V]], %[[TO]]
func.func @copy_pairs(%x: memref<4x32x2xbf16, strided<[512, 2, 1]>>, %y: memref<4x32x2xbf16, strided<[96, 2, 1]>>) {
  memref.copy %x, %y : memref<4x32x2xbf16, strided<[512, 2, 1]>> to memref<4x32x2xbf16, strided<[96, 2, 1]>>
  return
}

// Booleans have a byte each in memory and a bit in a vector: scalars.
// CHECK-LABEL: func @booleans(
// CHECK-NOT:     vector
// CHECK:         %[[M:.*]] = memref.load {{.*}} : memref<16xi1>
// CHECK:         arith.select %[[M]]
// CHECK-NOT:     vector
// CHECK:         return
func.func @booleans(%m: memref<16xi1>, %x: memref<16xf32>, %y: memref<16xf32>) {
  linalg.generic
      {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
       iterator_types = ["parallel"]}
      ins(%m, %x : memref<16xi1>, memref<16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%i: i1, %a: f32, %o: f32):
    %s = arith.select %i, %a, %o : f32
    linalg.yield %s : f32
  }
  return
}
}

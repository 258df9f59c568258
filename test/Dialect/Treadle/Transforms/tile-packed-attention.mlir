// RUN: treadle-opt %s --treadle-tile --canonicalize --cse --split-input-file | FileCheck %s

#q = affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>
#k = affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>
#v = affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>
#o = affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>

// Tasks read and write rows where they lie, and a task of padding has no key: nothing is copied. Threads share heads
// before sequences.
// CHECK-LABEL: func @packed(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<?x2x16xf32>, %[[K:[^:]*]]: tensor<?x2x16xf32>, %[[V:[^:]*]]: tensor<?x2x16xf32>
// CHECK-COUNT-1: scf.forall (%{{.*}}) in (1)
// CHECK:         scf.forall (%[[H:.*]], %[[B:.*]], %[[I:.*]]) in (2, %{{.*}}, %{{.*}})
// CHECK:           %[[FIRST:.*]] = arith.muli %[[I]], %c8
// CHECK:           %[[BEGIN:.*]] = arith.index_cast
// CHECK:           %[[END:.*]] = arith.index_cast
// CHECK:           %[[COUNT:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK:           %[[LEFT:.*]] = arith.subi %[[COUNT]], %[[FIRST]]
// CHECK:           %[[SOME:.*]] = arith.maxsi %[[LEFT]], %c0
// CHECK:           %[[ROWS:.*]] = arith.minsi %[[SOME]], %c8
// CHECK:           %[[ROW:.*]] = arith.addi %[[BEGIN]], %[[FIRST]]
// CHECK:           tensor.extract_slice %[[Q]][%[[ROW]], %[[H]], 0] [%[[ROWS]], 1, 16] [1, 1, 1] : tensor<?x2x16xf32> to tensor<?x16xf32>
// CHECK:           tensor.extract_slice %[[K]][%[[BEGIN]], %[[H]], 0] [%[[COUNT]], 1, 16]
// CHECK:           tensor.extract_slice %[[V]][%[[BEGIN]], %[[H]], 0] [%[[COUNT]], 1, 16]
// CHECK:           %[[PADDING:.*]] = arith.cmpi eq, %[[ROWS]], %c0
// CHECK:           %[[KEYS:.*]] = arith.select %[[PADDING]], %c0, %{{.*}} : index
// CHECK:           %[[TILES:.*]] = arith.ceildivui %[[KEYS]], %c32
// CHECK:           scf.for %{{.*}} = %c0 to %[[TILES]]
// CHECK:           tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%[[ROW]], %[[H]], 0] [%[[ROWS]], 1, 16]
// CHECK-NOT:     scf.forall
// CHECK:         return
func.func @packed(%q: tensor<?x2x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x16xf32>, %l: tensor<?xi64>, %s: index) -> tensor<?x2x16xf32> {
  %starts = treadle.sequence_starts %l of(%s) : tensor<?xi64> -> tensor<?xi64>
  %qu = treadle.unpack_tokens %q at(%starts) to(%s) : (tensor<?x2x16xf32>, tensor<?xi64>, index) -> tensor<?x?x2x16xf32>
  %ku = treadle.unpack_tokens %k at(%starts) to(%s) : (tensor<?x2x16xf32>, tensor<?xi64>, index) -> tensor<?x?x2x16xf32>
  %vu = treadle.unpack_tokens %v at(%starts) to(%s) : (tensor<?x2x16xf32>, tensor<?xi64>, index) -> tensor<?x?x2x16xf32>
  %o = treadle.attention scaled_dot queries(%qu) keys(%ku) values(%vu) mask(#treadle.mask<keys_within_lengths>) lengths(%l)
      plan(#treadle.attention_plan<queries = 8, keys = 32, tileRows = 6>) indexing_maps = [#q, #k, #v, #o]
      : (tensor<?x?x2x16xf32>, tensor<?x?x2x16xf32>, tensor<?x?x2x16xf32>, tensor<?xi64>) -> tensor<?x?x2x16xf32>
  %r = treadle.pack_tokens %o at(%starts) : (tensor<?x?x2x16xf32>, tensor<?xi64>) -> tensor<?x2x16xf32>
  return %r : tensor<?x2x16xf32>
}

// -----

#q = affine_map<(b, h, m, n, d, e) -> (b, m, h, d)>
#k = affine_map<(b, h, m, n, d, e) -> (b, n, h, d)>
#v = affine_map<(b, h, m, n, d, e) -> (b, n, h, e)>
#o = affine_map<(b, h, m, n, d, e) -> (b, m, h, e)>

// Keys of other lengths may be padding, which is zeros: attention is given sequences.
// CHECK-LABEL: func @other_lengths(
// CHECK-SAME:    tensor<?x2x16xf32>
// CHECK-COUNT-3: linalg.fill {{.*}} -> tensor<?x2x16xf32>
// CHECK:         scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in
// CHECK:         scf.forall
func.func @other_lengths(%q: tensor<?x2x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x16xf32>, %l: tensor<?xi64>, %m: tensor<?xi64>, %s: index) -> tensor<?x2x16xf32> {
  %starts = treadle.sequence_starts %l of(%s) : tensor<?xi64> -> tensor<?xi64>
  %qu = treadle.unpack_tokens %q at(%starts) to(%s) : (tensor<?x2x16xf32>, tensor<?xi64>, index) -> tensor<?x?x2x16xf32>
  %ku = treadle.unpack_tokens %k at(%starts) to(%s) : (tensor<?x2x16xf32>, tensor<?xi64>, index) -> tensor<?x?x2x16xf32>
  %vu = treadle.unpack_tokens %v at(%starts) to(%s) : (tensor<?x2x16xf32>, tensor<?xi64>, index) -> tensor<?x?x2x16xf32>
  %o = treadle.attention scaled_dot queries(%qu) keys(%ku) values(%vu) mask(#treadle.mask<keys_within_lengths>) lengths(%m)
      plan(#treadle.attention_plan<queries = 8, keys = 32, tileRows = 6>) indexing_maps = [#q, #k, #v, #o]
      : (tensor<?x?x2x16xf32>, tensor<?x?x2x16xf32>, tensor<?x?x2x16xf32>, tensor<?xi64>) -> tensor<?x?x2x16xf32>
  %r = treadle.pack_tokens %o at(%starts) : (tensor<?x?x2x16xf32>, tensor<?xi64>) -> tensor<?x2x16xf32>
  return %r : tensor<?x2x16xf32>
}

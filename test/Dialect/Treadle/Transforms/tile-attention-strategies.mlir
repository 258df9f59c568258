// RUN: treadle-opt %s --treadle-decompose-attention --treadle-tile --canonicalize --split-input-file | FileCheck %s

#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>

// All keys at once: no loop over them, and scores of as many keys as there are.
// CHECK-LABEL: func @rows(
// CHECK:         scf.forall
// CHECK-NOT:       scf.for %
// CHECK:           tensor.empty() : tensor<9x4xf32>
// CHECK-NOT:       scf.for %
// CHECK:           tensor.parallel_insert_slice
func.func @rows(%q: tensor<7x16xf32>, %k: tensor<9x16xf32>) -> tensor<7x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k)
      plan(#treadle.attention_plan<strategy = rows, queries = 4, keys = 2, tileRows = 2>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<7x16xf32>, tensor<9x16xf32>, tensor<9x16xf32>) -> tensor<7x16xf32>
  return %o : tensor<7x16xf32>
}

// -----

#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>

// Three parts of the keys are a dimension of the tasks; each leaves its state, and further loops
// combine them. 9 keys are 5 tiles of 2: part p has tiles from p * 5 / 3 to (p + 1) * 5 / 3.
// CHECK-LABEL: func @split(
// CHECK:         %[[STATES:.*]]:3 = scf.forall (%{{.*}}, %[[PART:.*]]) in (2, 3)
// CHECK-SAME:      -> (tensor<3x16x7xf32>, tensor<3x7xf32>, tensor<3x7xf32>)
// CHECK:           %[[FIVE:.*]] = arith.muli %[[PART]], %c5
// CHECK:           %[[FROM:.*]] = arith.divui %[[FIVE]], %c3
// CHECK:           scf.for %{{.*}} = %[[FROM]] to
// CHECK:           tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%[[PART]], 0,
// CHECK:         %[[MAX:.*]] = scf.forall
// CHECK:           linalg.generic {{.*}}["parallel", "reduction"]}
// CHECK:         scf.forall
// CHECK-NOT:   = treadle.
func.func @split(%q: tensor<7x16xf32>, %k: tensor<9x16xf32>) -> tensor<7x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k)
      plan(#treadle.attention_plan<strategy = split, queries = 4, keys = 2, tileRows = 2, splits = 3>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<7x16xf32>, tensor<9x16xf32>, tensor<9x16xf32>) -> tensor<7x16xf32>
  return %o : tensor<7x16xf32>
}

// -----

#q = affine_map<(m, n, d, e) -> (m, d)>
#k = affine_map<(m, n, d, e) -> (n, d)>
#v = affine_map<(m, n, d, e) -> (n, e)>
#o = affine_map<(m, n, d, e) -> (m, e)>

// The scores of all queries are a tensor that threads share.
// CHECK-LABEL: func @decomposed(
// CHECK:         %[[SCORES:.*]] = tensor.empty() : tensor<9x7xf32>
// CHECK:         scf.forall {{.*}} shared_outs(%{{.*}} = %[[SCORES]])
// CHECK:           math.exp2
// CHECK-NOT:   scf.for %
// CHECK-NOT:   = treadle.
func.func @decomposed(%q: tensor<7x16xf32>, %k: tensor<9x16xf32>) -> tensor<7x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k)
      plan(#treadle.attention_plan<strategy = decomposed, queries = 4, keys = 2, tileRows = 2>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<7x16xf32>, tensor<9x16xf32>, tensor<9x16xf32>) -> tensor<7x16xf32>
  return %o : tensor<7x16xf32>
}

// RUN: treadle-opt %s --treadle-tile --canonicalize --cse --split-input-file | FileCheck %s

// One task makes eight queries of one batch; the loop over keys carries the maximum, the sum
// and the result, and ends with the sequence's keys.
// CHECK-LABEL: func @lengths(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<?x?x16xf32>, %[[K:[^:]*]]: tensor<?x?x16xf32>, %[[V:[^:]*]]: tensor<?x?x12xf32>, %[[L:[^:]*]]: tensor<?xi64>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[TASK:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[KEYS:.*]] = arith.constant 32 : index
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// The scale times log2(e): 1/4 * 1.442695.
// CHECK-DAG:     %[[SCALE:.*]] = arith.constant 0.360673755 : f32
// CHECK-DAG:     %[[BATCH:.*]] = tensor.dim %[[Q]], %[[ZERO]]
// CHECK-DAG:     %[[QUERIES:.*]] = tensor.dim %[[Q]], %[[ONE]]
// CHECK:         %[[TASKS:.*]] = arith.ceildivui %[[QUERIES]], %[[TASK]]
// CHECK:         scf.forall (%[[B:.*]], %[[I:.*]]) in (%[[BATCH]], %[[TASKS]])
// CHECK:           %[[FIRST:.*]] = arith.muli %[[I]], %[[TASK]]
// CHECK:           tensor.extract_slice %[[Q]][%[[B]], %[[FIRST]], 0]
// CHECK:           arith.mulf %{{.*}}, %[[SCALE]]
// CHECK:           %[[KA:.*]] = tensor.extract_slice %[[K]][%[[B]], 0, 0]
// CHECK:           %[[VA:.*]] = tensor.extract_slice %[[V]][%[[B]], 0, 0]
// CHECK:           %[[MINE:.*]] = tensor.extract_slice %[[L]][%[[B]]] [1] [1] : tensor<?xi64> to tensor<i64>
// CHECK:           %[[LENGTH:.*]] = tensor.extract %[[MINE]][]
// CHECK:           %[[N:.*]] = arith.index_cast %[[LENGTH]]
// CHECK:           %[[SEEN:.*]] = arith.minsi %{{.*}}, %[[N]]
// CHECK:           %[[END:.*]] = arith.maxsi %[[SEEN]], %[[ZERO]]
// CHECK:           %[[TILES:.*]] = arith.ceildivui %[[END]], %[[KEYS]]
// CHECK:           %[[STATE:.*]]:3 = scf.for %[[TILE:[a-z0-9]+]] = %[[ZERO]] to %[[TILES]] step %[[ONE]] iter_args(%[[OUT:[^ ]*]] = %{{[^ ]*}}, %[[MAX:[^ ]*]] = %{{[^ ]*}}, %[[SUM:[^ ]*]] = %{{[^ ]*}}) -> (tensor<12x8xf32>, tensor<8xf32>, tensor<8xf32>)
// CHECK:             %[[KEY:.*]] = arith.muli %[[TILE]], %[[KEYS]]
// CHECK:             %[[REST:.*]] = arith.subi %[[END]], %[[KEY]]
// CHECK:             %[[HERE:.*]] = arith.minsi %[[REST]], %[[KEYS]]
// CHECK:             %[[KB:.*]] = tensor.extract_slice %[[KA]][%[[KEY]], 0] [%[[HERE]], 16]
// CHECK:             %[[VB:.*]] = tensor.extract_slice %[[VA]][%[[KEY]], 0] [%[[HERE]], 12]
// CHECK:             %[[SCORES:.*]] = linalg.generic {{.*}} ins(%[[KB]], %{{.*}}treadle.lowering = #treadle.product<block = [32, 8], tile = [6, 8]>
// No mask is applied: keys beyond the length are not visited.
// CHECK-NOT:         arith.cmpi
// CHECK:             %[[TILEMAX:.*]] = linalg.generic {{.*}}["reduction", "parallel"]} ins(%[[SCORES]] :
// CHECK:             %[[RUNNING:.*]]:2 = linalg.generic {{.*}} ins(%[[TILEMAX]] : {{.*}} outs(%[[MAX]],
// A row that has seen no key: its maximum is -inf, and nothing is subtracted.
// CHECK:               %[[NONE:.*]] = arith.cmpf oeq, %[[NEXT:.*]], %[[LOW]]
// CHECK:               %[[BASE:.*]] = arith.select %[[NONE]], %{{.*}}, %[[NEXT]]
// CHECK:               %[[PAST:.*]] = arith.subf %{{.*}}, %[[BASE]]
// CHECK:               math.exp2 %[[PAST]]
// CHECK:             linalg.generic {{.*}} ins(%[[RUNNING]]#1 : {{.*}} outs(%[[SUM]] :
// CHECK:             %[[WEIGHTS:.*]]:2 = linalg.generic {{.*}} ins(%[[RUNNING]]#0 : {{.*}} outs(%[[SCORES]],
// CHECK:             %[[WORN:.*]] = linalg.generic {{.*}} ins(%[[RUNNING]]#1 : {{.*}} outs(%[[OUT]] :
// CHECK:             %[[NEWOUT:.*]] = linalg.generic {{.*}} ins(%[[VB]], %[[WEIGHTS]]#0 : {{.*}} outs(%[[WORN]] : {{.*}}treadle.lowering = #treadle.product
// CHECK:             scf.yield %[[NEWOUT]], %[[RUNNING]]#0, %[[WEIGHTS]]#1
// Zeros for a row without keys, whose sum is zero.
// CHECK:           linalg.generic {{.*}} outs(%[[STATE]]#2 :
// CHECK:             %[[EMPTY:.*]] = arith.cmpf oeq, %[[S:.*]], %[[NUL:.*]] : f32
// CHECK:             %[[INVERSE:.*]] = arith.divf %{{.*}}, %[[S]]
// CHECK:             arith.select %[[EMPTY]], %[[NUL]], %[[INVERSE]]
// CHECK:           tensor.parallel_insert_slice
// CHECK-NOT:   treadle.attention
func.func @lengths(%q: tensor<?x?x16xf32>, %k: tensor<?x?x16xf32>, %v: tensor<?x?x12xf32>,
                   %l: tensor<?xi64>) -> tensor<?x?x12xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      mask(#treadle.mask<keys_within_lengths>) lengths(%l)
      plan(#treadle.attention_plan<queries = 8, keys = 32, tileRows = 6>)
      indexing_maps = [affine_map<(b, m, n, d, e) -> (b, m, d)>, affine_map<(b, m, n, d, e) -> (b, n, d)>,
                       affine_map<(b, m, n, d, e) -> (b, n, e)>, affine_map<(b, m, n, d, e) -> (b, m, e)>]
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x12xf32>, tensor<?xi64>) -> tensor<?x?x12xf32>
  return %o : tensor<?x?x12xf32>
}

// -----

// Keys that the last query of the task does not see are not visited; in what is visited, a key
// is hidden from the queries before it. 5 queries and 9 keys: query i sees keys up to i + 4.
// CHECK-LABEL: func @causal(
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         scf.forall
// CHECK:           %[[FIRST:.*]] = arith.muli
// CHECK:           %[[ROWS:.*]] = arith.minsi
// CHECK:           %[[P:.*]] = arith.addi %[[FIRST]], %c4
// CHECK:           %[[PASTLAST:.*]] = arith.addi %[[P]], %[[ROWS]]
// CHECK:           %[[SEEN:.*]] = arith.minsi %[[PASTLAST]], %c9
// CHECK:           %[[END:.*]] = arith.maxsi %[[SEEN]], %c0
// CHECK:           %[[TILES:.*]] = arith.ceildivui %[[END]], %c4
// CHECK:           scf.for %{{.*}} = %c0 to %[[TILES]]
// CHECK:             %[[SCORES:.*]] = linalg.generic {{.*}}treadle.lowering = #treadle.product
// Only a tile of which some query does not see all pays for the mask.
// CHECK:             %[[PARTIAL:.*]] = arith.cmpi slt
// CHECK:             scf.if %[[PARTIAL]]
// CHECK:               linalg.generic {{.*}} outs(%[[SCORES]]
// CHECK:                 arith.cmpi sle
// CHECK:                 arith.select %{{.*}}, %{{.*}}, %[[LOW]]
// CHECK:             else
// CHECK-NEXT:          scf.yield %[[SCORES]]
func.func @causal(%q: tensor<5x16xf32>, %k: tensor<9x16xf32>) -> tensor<5x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<causal>)
      plan(#treadle.attention_plan<queries = 2, keys = 4, tileRows = 2>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<5x16xf32>, tensor<9x16xf32>, tensor<9x16xf32>) -> tensor<5x16xf32>
  return %o : tensor<5x16xf32>
}

// -----

// A selection is read where it lies, for those queries that there are.
// CHECK-LABEL: func @selection(
// CHECK-SAME:    %[[S:[^:]*]]: tensor<5x9xi1>
// CHECK:         scf.forall
// CHECK:           %[[ROWS:.*]] = arith.minsi
// CHECK:           %[[ALL:.*]] = tensor.extract_slice %[[S]][%{{.*}}, 0] [%[[ROWS]], 9]
// CHECK:           scf.for
// CHECK:             %[[MINE:.*]] = tensor.extract_slice %[[ALL]][0, %{{.*}}] [%[[MINEROWS:.*]], %{{.*}}] {{.*}} to tensor<?x?xi1>
// CHECK:             %[[SCORES:.*]] = linalg.generic {{.*}}treadle.lowering = #treadle.product
// CHECK:             %[[THERE:.*]] = tensor.extract_slice %[[SCORES]][0, 0] [%{{.*}}, %{{.*}}]
// CHECK:             linalg.generic {{.*}} ins(%[[MINE]] : tensor<?x?xi1>) outs(%[[THERE]]
// CHECK:               arith.select
// CHECK:             tensor.insert_slice %{{.*}} into %[[SCORES]]
func.func @selection(%s: tensor<5x9xi1>, %q: tensor<5x16xf32>, %k: tensor<9x16xf32>) -> tensor<5x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) selection(%s)
      plan(#treadle.attention_plan<queries = 2, keys = 4, tileRows = 2>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>,
                       affine_map<(m, n, d, e) -> (m, n)>]
      : (tensor<5x16xf32>, tensor<9x16xf32>, tensor<9x16xf32>, tensor<5x9xi1>) -> tensor<5x16xf32>
  return %o : tensor<5x16xf32>
}

// -----

// Heads before or after tokens, and groups of heads that share keys: slices where they lie.
// CHECK-LABEL: func @layouts(
// CHECK-SAME:    %[[Q:[^:]*]]: tensor<2x3x5x16xf32>, %[[K:[^:]*]]: tensor<9x2x16xf32>
// CHECK-NOT:     linalg.transpose
// CHECK:         scf.forall (%[[G:.*]], %[[H:.*]], %{{.*}}) in (2, 3, 3)
// CHECK:           tensor.extract_slice %[[Q]][%[[G]], %[[H]], %{{.*}}, 0] [1, 1, %{{.*}}, 16]
// CHECK:           tensor.extract_slice %[[K]][0, %[[G]], 0] [9, 1, 16]
// CHECK:         tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%{{.*}}, %[[G]], %[[H]], 0]
func.func @layouts(%q: tensor<2x3x5x16xf32>, %k: tensor<9x2x16xf32>) -> tensor<5x2x3x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k)
      plan(#treadle.attention_plan<queries = 2, keys = 4, tileRows = 2>)
      indexing_maps = [affine_map<(g, h, m, n, d, e) -> (g, h, m, d)>, affine_map<(g, h, m, n, d, e) -> (n, g, d)>,
                       affine_map<(g, h, m, n, d, e) -> (n, g, e)>, affine_map<(g, h, m, n, d, e) -> (m, g, h, e)>]
      : (tensor<2x3x5x16xf32>, tensor<9x2x16xf32>, tensor<9x2x16xf32>) -> tensor<5x2x3x16xf32>
  return %o : tensor<5x2x3x16xf32>
}

// -----

// Queries that do not fill a vector stay rows: the product with keys reads both along components.
// CHECK-DAG: #[[LEFT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[RIGHT:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: func @few_queries(
// CHECK:           tensor.empty() : tensor<4x16xf32>
// CHECK:           linalg.generic {indexing_maps = [#[[LEFT]], #[[RIGHT]], {{.*}}treadle.lowering = #treadle.product
module attributes {treadle.target = #treadle.target<cpu = "x86-64-v3", features = "+avx2,+fma", vectorBits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
func.func @few_queries(%q: tensor<3x16xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>) -> tensor<3x16xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%v)
      plan(#treadle.attention_plan<queries = 4, keys = 64, tileRows = 12>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<3x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<3x16xf32>
  return %o : tensor<3x16xf32>
}
}

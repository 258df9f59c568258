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
// CHECK:           %[[LENGTH:.*]] = tensor.extract %[[L]][%[[B]]]
// CHECK:           %[[N:.*]] = arith.index_cast %[[LENGTH]]
// CHECK:           %[[SEEN:.*]] = arith.minsi %{{.*}}, %[[N]]
// CHECK:           %[[END:.*]] = arith.maxsi %[[SEEN]], %[[ZERO]]
// CHECK:           %[[STATE:.*]]:3 = scf.for %[[KEY:[a-z0-9]+]] = %[[ZERO]] to %[[END]] step %[[KEYS]] iter_args(%[[MAX:[^ ]*]] = %{{[^ ]*}}, %[[SUM:[^ ]*]] = %{{[^ ]*}}, %[[OUT:[^ ]*]] = %{{[^ ]*}}) -> (tensor<8xf32>, tensor<8xf32>, tensor<12x8xf32>)
// CHECK:             %[[REST:.*]] = arith.subi %[[END]], %[[KEY]]
// CHECK:             %[[HERE:.*]] = arith.minsi %[[REST]], %[[KEYS]]
// CHECK:             %[[KB:.*]] = tensor.extract_slice %[[K]][%[[B]], %[[KEY]], 0] [1, %[[HERE]], 16]
// CHECK:             %[[VB:.*]] = tensor.extract_slice %[[V]][%[[B]], %[[KEY]], 0] [1, %[[HERE]], 12]
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
// CHECK:             scf.yield %[[RUNNING]]#0, %[[WEIGHTS]]#1, %[[NEWOUT]]
// Zeros for a row without keys, whose sum is zero.
// CHECK:           linalg.generic {{.*}} outs(%[[STATE]]#1 :
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
// CHECK-DAG:     %[[PAST:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[KEYS:.*]] = arith.constant 9 : index
// CHECK-DAG:     %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         scf.forall
// CHECK:           %[[FIRST:.*]] = arith.muli
// CHECK:           %[[ROWS:.*]] = arith.minsi
// CHECK:           %[[LAST:.*]] = arith.addi %[[FIRST]], %[[ROWS]]
// CHECK:           %[[VISIBLE:.*]] = arith.addi %[[LAST]], %[[PAST]]
// CHECK:           %[[SEEN:.*]] = arith.minsi %[[VISIBLE]], %[[KEYS]]
// CHECK:           %[[END:.*]] = arith.maxsi %[[SEEN]], %{{.*}}
// CHECK:           scf.for %[[KEY:[a-z0-9]+]] = %{{.*}} to %[[END]]
// CHECK:             %[[SHIFTED:.*]] = arith.addi %[[FIRST]], %[[PAST]]
// CHECK:             %[[SHIFT:.*]] = arith.subi %[[SHIFTED]], %[[KEY]]
// CHECK:             linalg.generic
// CHECK-DAG:           %[[N:.*]] = linalg.index 0
// CHECK-DAG:           %[[M:.*]] = linalg.index 1
// CHECK:               %[[LIMIT:.*]] = arith.addi %[[M]], %[[SHIFT]]
// CHECK:               %[[HERE:.*]] = arith.cmpi sle, %[[N]], %[[LIMIT]]
// CHECK:               arith.select %[[HERE]], %{{.*}}, %[[LOW]]
func.func @causal(%q: tensor<5x16xf32>, %k: tensor<9x16xf32>) -> tensor<5x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<causal>)
      plan(#treadle.attention_plan<queries = 2, keys = 4, tileRows = 2>)
      indexing_maps = [affine_map<(m, n, d, e) -> (m, d)>, affine_map<(m, n, d, e) -> (n, d)>,
                       affine_map<(m, n, d, e) -> (n, e)>, affine_map<(m, n, d, e) -> (m, e)>]
      : (tensor<5x16xf32>, tensor<9x16xf32>, tensor<9x16xf32>) -> tensor<5x16xf32>
  return %o : tensor<5x16xf32>
}

// -----

// A selection, whose lanes beyond the last query read what that one reads.
// CHECK-LABEL: func @selection(
// CHECK-SAME:    %[[S:[^:]*]]: tensor<5x9xi1>
// CHECK-DAG:     %[[LAST:.*]] = arith.constant 4 : index
// CHECK:         scf.for %[[KEY:[a-z0-9]+]] =
// CHECK:           %[[N:.*]] = linalg.index 0
// CHECK:           %[[AT:.*]] = arith.addi %[[N]], %[[KEY]]
// CHECK:           %[[M:.*]] = linalg.index 1
// CHECK:           %[[ROW:.*]] = arith.addi %[[M]], %{{.*}}
// CHECK:           %[[SAFE:.*]] = arith.minsi %[[ROW]], %[[LAST]]
// CHECK:           %[[SEEN:.*]] = tensor.extract %[[S]][%[[SAFE]], %[[AT]]]
// CHECK:           arith.select %[[SEEN]]
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
// CHECK:           scf.for %[[KEY:[a-z0-9]+]] =
// CHECK:             tensor.extract_slice %[[K]][%[[KEY]], %[[G]], 0] [%{{.*}}, 1, 16]
// CHECK:         tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%{{.*}}, %[[G]], %[[H]], 0]
func.func @layouts(%q: tensor<2x3x5x16xf32>, %k: tensor<9x2x16xf32>) -> tensor<5x2x3x16xf32> {
  %o = treadle.attention dot queries(%q) keys(%k) values(%k)
      plan(#treadle.attention_plan<queries = 2, keys = 4, tileRows = 2>)
      indexing_maps = [affine_map<(g, h, m, n, d, e) -> (g, h, m, d)>, affine_map<(g, h, m, n, d, e) -> (n, g, d)>,
                       affine_map<(g, h, m, n, d, e) -> (n, g, e)>, affine_map<(g, h, m, n, d, e) -> (m, g, h, e)>]
      : (tensor<2x3x5x16xf32>, tensor<9x2x16xf32>, tensor<9x2x16xf32>) -> tensor<5x2x3x16xf32>
  return %o : tensor<5x2x3x16xf32>
}

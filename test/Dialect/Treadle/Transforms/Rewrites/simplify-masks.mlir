// RUN: treadle-opt %s --treadle-simplify-masks -split-input-file | FileCheck %s

#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>

// One query is the last one, however many keys there are.
// CHECK-LABEL: @one_query
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) indexing_maps
func.func @one_query(%q: tensor<2x1x8xf32>, %k: tensor<2x?x8xf32>) -> tensor<2x1x8xf32> {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<causal>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x1x8xf32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>) -> tensor<2x1x8xf32>
  return %o : tensor<2x1x8xf32>
}

// At the top left it is the first one, and sees one key; two queries do not see the same.
// CHECK-LABEL: @first_query
// CHECK: mask(#treadle.mask<causal, align = top_left>)
// CHECK: mask(#treadle.mask<causal>)
func.func @first_query(%q: tensor<2x1x8xf32>, %r: tensor<2x2x8xf32>, %k: tensor<2x?x8xf32>) -> (tensor<2x1x8xf32>, tensor<2x2x8xf32>) {
  %o = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<causal, align = top_left>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x1x8xf32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>) -> tensor<2x1x8xf32>
  %p = treadle.attention scaled_dot queries(%r) keys(%k) values(%k) mask(#treadle.mask<causal>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x2x8xf32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>) -> tensor<2x2x8xf32>
  return %o, %p : tensor<2x1x8xf32>, tensor<2x2x8xf32>
}

// -----

#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>

// A window of 6 reaches over 5 keys and 3 queries, one of 4 does not: the last query, at key 4, is
// 4 away from key 0.
// CHECK-LABEL: @windows
// CHECK: treadle.attention {{.*}}mask(#treadle.mask<causal>)
// CHECK: treadle.attention {{.*}}values(%{{[^ ]*}}) indexing_maps
// CHECK: treadle.attention {{.*}}mask(#treadle.mask<causal, window = 4>)
func.func @windows(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) {
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<causal, window = 6>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x3x8xf32>
  %1 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<window = 6>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x3x8xf32>
  %2 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<causal, window = 4>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x3x8xf32>
  return %0, %1, %2 : tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>
}

// -----

#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>

// Lengths of all keys hide none; of those of which one is shorter, keys beyond the longest are cut.
// CHECK-LABEL: @lengths
// CHECK: treadle.attention {{.*}}values(%{{[^ ]*}}) indexing_maps
// CHECK-DAG: %[[K:.*]] = tensor.extract_slice %{{.*}}[0, 0, 0] [2, 4, 8] [1, 1, 1]
// CHECK: treadle.attention {{.*}}keys(%[[K]]) {{.*}}mask(#treadle.mask<keys_within_lengths>) lengths
func.func @lengths(%q: tensor<2x3x8xf32>, %k: tensor<2x5x8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3x8xf32>) {
  %all = arith.constant dense<[5, 7]> : tensor<2xi64>
  %some = arith.constant dense<[2, 4]> : tensor<2xi64>
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<keys_within_lengths>) lengths(%all)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2xi64>) -> tensor<2x3x8xf32>
  %1 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<keys_within_lengths>) lengths(%some)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x3x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2xi64>) -> tensor<2x3x8xf32>
  return %0, %1 : tensor<2x3x8xf32>, tensor<2x3x8xf32>
}

// -----

#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
#s = affine_map<(b, m, n, d, e) -> (m, n)>

// Queries 0 to 2 at keys 6 to 8, each of which looks back 3 keys: keys 0 to 3 are seen by none. The
// region's indices are those that keys had.
// CHECK-LABEL: @old_keys
// CHECK-SAME: %[[Q:.*]]: tensor<2x3x8xf32>, %[[KS:.*]]: tensor<2x9x8xf32>, %[[BS:.*]]: tensor<3x9xf32>
// CHECK-DAG: %[[K:.*]] = tensor.extract_slice %[[KS]][0, 4, 0] [2, 5, 8] [1, 1, 1]
// CHECK-DAG: %[[B:.*]] = tensor.extract_slice %[[BS]][0, 4] [3, 5] [1, 1]
// CHECK: treadle.attention {{.*}}keys(%[[K]]) {{.*}}mask(#treadle.mask<causal, window = 3>) bias(%[[B]])
// CHECK: ^bb0(%[[X:.*]]: f32, %{{.*}}: index, %[[M:.*]]: index, %[[N:.*]]: index):
// CHECK: %[[OLD:.*]] = arith.addi %[[N]], %{{.*}} : index
// CHECK: arith.subi %[[M]], %[[OLD]]
func.func @old_keys(%q: tensor<2x3x8xf32>, %k: tensor<2x9x8xf32>, %b: tensor<3x9xf32>) -> tensor<2x3x8xf32> {
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<causal, window = 3>) bias(%b)
      indexing_maps = [#q, #k, #v, #o, #s] score {
      ^change(%x: f32, %i: index, %m: index, %n: index):
        %d = arith.subi %m, %n : index
        %j = arith.index_cast %d : index to i32
        %f = arith.sitofp %j : i32 to f32
        %y = arith.addf %x, %f : f32
        treadle.yield %y : f32
      } : (tensor<2x3x8xf32>, tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<3x9xf32>) -> tensor<2x3x8xf32>
  return %0 : tensor<2x3x8xf32>
}

// At the top left, keys after the last query are never seen.
// CHECK-LABEL: @late_keys
// CHECK-DAG: tensor.extract_slice %{{.*}}[0, 0, 0] [2, 3, 8] [1, 1, 1]
// CHECK: treadle.attention {{.*}}mask(#treadle.mask<causal, align = top_left>)
func.func @late_keys(%q: tensor<2x3x8xf32>, %k: tensor<2x9x8xf32>) -> tensor<2x3x8xf32> {
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<causal, align = top_left>)
      indexing_maps = [#q, #k, #v, #o] : (tensor<2x3x8xf32>, tensor<2x9x8xf32>, tensor<2x9x8xf32>) -> tensor<2x3x8xf32>
  return %0 : tensor<2x3x8xf32>
}

// -----

#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
#s = affine_map<(b, m, n, d, e) -> (m, n)>

// CHECK-LABEL: @selections
// CHECK-SAME: %[[Q:.*]]: tensor<?x3x8xf32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG: %[[BATCH:.*]] = tensor.dim %[[Q]]
// CHECK-DAG: %[[SEEN:.*]] = treadle.attention {{.*}}values(%{{[^ ]*}}) indexing_maps = [#{{[^,]*}}, #{{[^,]*}}, #{{[^,]*}}, #{{[^,]*}}] :
// CHECK-DAG: %[[HIDDEN:.*]] = tensor.splat %[[ZERO]][%[[BATCH]]] : tensor<?x3x8xf32>
// CHECK: return %[[SEEN]], %[[HIDDEN]]
func.func @selections(%q: tensor<?x3x8xf32>, %k: tensor<?x9x8xf32>) -> (tensor<?x3x8xf32>, tensor<?x3x8xf32>) {
  %yes = arith.constant dense<true> : tensor<3x9xi1>
  %no = arith.constant dense<false> : tensor<3x9xi1>
  %0 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) selection(%yes)
      indexing_maps = [#q, #k, #v, #o, #s] : (tensor<?x3x8xf32>, tensor<?x9x8xf32>, tensor<?x9x8xf32>, tensor<3x9xi1>) -> tensor<?x3x8xf32>
  %1 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) selection(%no)
      indexing_maps = [#q, #k, #v, #o, #s] : (tensor<?x3x8xf32>, tensor<?x9x8xf32>, tensor<?x9x8xf32>, tensor<3x9xi1>) -> tensor<?x3x8xf32>
  return %0, %1 : tensor<?x3x8xf32>, tensor<?x3x8xf32>
}

// -----

#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
#l = affine_map<(b, m, n, d, e) -> (b, m)>

// CHECK-LABEL: @no_keys
// CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : tensor<2x3x8xf32>
// CHECK-DAG: %[[NONE:.*]] = arith.constant dense<0xFF800000> : tensor<2x3xf32>
// CHECK: return %[[ZEROS]], %[[NONE]]
func.func @no_keys(%q: tensor<2x3x8xf32>, %k: tensor<2x9x8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3xf32>) {
  %lengths = arith.constant dense<[0, -1]> : tensor<2xi32>
  %0, %1 = treadle.attention scaled_dot queries(%q) keys(%k) values(%k) mask(#treadle.mask<keys_within_lengths>) lengths(%lengths)
      indexing_maps = [#q, #k, #v, #o, #l] : (tensor<2x3x8xf32>, tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2xi32>) -> (tensor<2x3x8xf32>, tensor<2x3xf32>)
  return %0, %1 : tensor<2x3x8xf32>, tensor<2x3xf32>
}

// RUN: treadle-opt %s --treadle-skip-padding=remarks --split-input-file --verify-diagnostics | FileCheck %s
// RUN: treadle-opt %s --treadle-skip-padding --split-input-file 2>&1 | FileCheck %s --check-prefix=QUIET

// What is not packed stays as it is, and nothing is said unless somebody asks.
// CHECK-NOT: treadle.sequence_starts
// QUIET-NOT: remark: the padding

// Every token counts.
func.func @no_lengths(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  // expected-note @below {{it has no lengths}}
  %e = treadle.pool mean %y : (tensor<?x?x8xf32>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}

// -----

// The caller gets padded tokens, too.
func.func @tokens_are_a_result(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %l: tensor<?xi64>) -> (tensor<?x8xf32>, tensor<?x?x8xf32>) {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  %e = treadle.pool mean %y lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  // expected-note @below {{this looks at padded tokens}}
  return %e, %y : tensor<?x8xf32>, tensor<?x?x8xf32>
}

// -----

// Keys beyond the lengths are seen.
#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
func.func @all_keys(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %l: tensor<?xi64>) -> tensor<?x8xf32> {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // expected-note @below {{this looks at padded tokens}}
  %a = treadle.attention dot queries(%y) keys(%y) values(%y) indexing_maps = [#q, #k, #v, #o]
      : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  %e = treadle.pool mean %a lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}

// -----

#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
func.func @keys_of_other_lengths(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %l: tensor<?xi64>, %m: tensor<?xi64>) -> tensor<?x8xf32> {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // expected-note @below {{this looks at padded tokens}}
  %a = treadle.attention dot queries(%y) keys(%y) values(%y) mask(#treadle.mask<keys_within_lengths>) lengths(%m)
      indexing_maps = [#q, #k, #v, #o] : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x?x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  %e = treadle.pool mean %a lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}

// -----

// The mask has lengths, but only to align by.
#q = affine_map<(b, m, n, d, e) -> (b, m, d)>
#k = affine_map<(b, m, n, d, e) -> (b, n, d)>
#v = affine_map<(b, m, n, d, e) -> (b, n, e)>
#o = affine_map<(b, m, n, d, e) -> (b, m, e)>
func.func @keys_behind(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %l: tensor<?xi64>) -> tensor<?x8xf32> {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // expected-note @below {{this looks at padded tokens}}
  %a = treadle.attention dot queries(%y) keys(%y) values(%y) mask(#treadle.mask<window = 4, align = lengths>) lengths(%l)
      indexing_maps = [#q, #k, #v, #o] : (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x?x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  %e = treadle.pool mean %a lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}

// -----

func.func @pooled_by_other_lengths(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %l: tensor<?xi64>, %m: tensor<?xi64>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  // expected-note @below {{this looks at padded tokens}}
  %e = treadle.pool mean %y lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  // expected-note @below {{this looks at padded tokens}}
  %f = treadle.pool max %y lengths(%m) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %e, %f : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// Each token is made of its neighbour: what is before the loop's sum is looked at in the next layer.
func.func @shifted(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %l: tensor<?xi64>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %s = tensor.dim %x, %c1 : tensor<?x?x8xf32>
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x8xf32> into tensor<?x8xf32>
  %n = tensor.dim %flat, %c0 : tensor<?x8xf32>
  %less = arith.subi %n, %c1 : index
  %r = scf.for %i = %c0 to %c6 step %c1 iter_args(%h = %flat) -> (tensor<?x8xf32>) {
    %y = treadle.linear %h, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    // expected-note @below {{this looks at padded tokens}}
    %rest = tensor.extract_slice %y[1, 0] [%less, 8] [1, 1] : tensor<?x8xf32> to tensor<?x8xf32>
    %z = tensor.insert_slice %rest into %h[0, 0] [%less, 8] [1, 1] : tensor<?x8xf32> into tensor<?x8xf32>
    %sum = arith.addf %y, %z : tensor<?x8xf32>
    scf.yield %sum : tensor<?x8xf32>
  }
  %u = tensor.expand_shape %r [[0, 1], [2]] output_shape [%b, %s, 8] : tensor<?x8xf32> into tensor<?x?x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  %e = treadle.pool mean %u lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}

// -----

// Rows of another batch and other sequences: as many, and not the same.
func.func @other_batch(%x: tensor<3x4x8xf32>, %w: tensor<8x8xf32>, %l: tensor<2xi64>) -> tensor<2x8xf32> {
  %y = treadle.linear %x, %w : (tensor<3x4x8xf32>, tensor<8x8xf32>) -> tensor<3x4x8xf32>
  %flat = tensor.collapse_shape %y [[0, 1], [2]] : tensor<3x4x8xf32> into tensor<12x8xf32>
  %u = tensor.expand_shape %flat [[0, 1], [2]] output_shape [2, 6, 8] : tensor<12x8xf32> into tensor<2x6x8xf32>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  // expected-note @below {{there is no linear map of its tokens}}
  %e = treadle.pool mean %u lengths(%l) : (tensor<2x6x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
  return %e : tensor<2x8xf32>
}

// -----

// Where the sequences begin is not known when the map is made.
func.func @late_lengths(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32>, %k: tensor<?xi64>) -> tensor<?x8xf32> {
  %y = treadle.linear %x, %w : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %l = arith.addi %k, %k : tensor<?xi64>
  // expected-remark @below {{the padding before this pooling is not skipped}}
  // expected-note @below {{its lengths and extents are not known early enough}}
  %e = treadle.pool mean %y lengths(%l) : (tensor<?x?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}

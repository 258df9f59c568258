// RUN: treadle-opt %s --treadle-raise=remarks=false -split-input-file | FileCheck %s

// Fewer queries than keys, and query 0 at key 0.
// CHECK-LABEL: @top_left
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) mask(#treadle.mask<causal, align = top_left>) scale
func.func @top_left(%q: tensor<2x3x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x5x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %c = arith.cmpi sle, %n, %m : index
    %r = arith.select %c, %x, %hidden : f32
    linalg.yield %r : f32
  } -> tensor<2x3x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %g = tensor.empty() : tensor<2x3x5x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x5x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// -----

// The last query at the last key.
// CHECK-LABEL: @bottom_right
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) mask(#treadle.mask<causal>) scale
func.func @bottom_right(%q: tensor<2x3x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x5x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %two = arith.constant 2 : index
    %p = arith.addi %m, %two : index
    %c = arith.cmpi sge, %p, %n : index
    %r = arith.select %c, %x, %hidden : f32
    linalg.yield %r : f32
  } -> tensor<2x3x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %g = tensor.empty() : tensor<2x3x5x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x5x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// -----

// Neither later than the query nor three keys earlier.
// CHECK-LABEL: @window
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) mask(#treadle.mask<causal, window = 3>) scale
func.func @window(%q: tensor<2x3x7x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>) -> tensor<2x3x7x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x7x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x7x7xf32>) -> tensor<2x3x7x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x7x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x7x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x7x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s : tensor<2x3x7x7xf32>) outs(%e : tensor<2x3x7x7xf32>) {
  ^bb0(%a: f32, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %w = arith.constant 3 : index
    %late = arith.cmpi sgt, %n, %m : index
    %d = arith.subi %m, %n : index
    %early = arith.cmpi sge, %d, %w : index
    %either = arith.ori %late, %early : i1
    %true = arith.constant true
    %c = arith.xori %either, %true : i1
    %r = arith.select %c, %x, %hidden : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x7x7xf32>) outs(%e : tensor<2x3x7x7xf32>) -> tensor<2x3x7x7xf32>
  %g = tensor.empty() : tensor<2x3x7x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x7x4xf32>) -> tensor<2x3x7x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x7x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x7x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x7x4xf32>
  return %y : tensor<2x3x7x4xf32>
}

// -----

// Keys within a length for each sequence.
// CHECK-LABEL: @lengths
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) mask(#treadle.mask<keys_within_lengths>) lengths(%{{.*}}) scale
func.func @lengths(%q: tensor<2x3x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>, %l: tensor<2xi64>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x5x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %l : tensor<2x3x5x7xf32>, tensor<2xi64>) outs(%e : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %len: i64, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %i = arith.index_cast %n : index to i64
    %c = arith.cmpi slt, %i, %len : i64
    %r = arith.select %c, %x, %hidden : f32
    linalg.yield %r : f32
  } -> tensor<2x3x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %g = tensor.empty() : tensor<2x3x5x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x5x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// -----


// CHECK-LABEL: @lengths_and_causal
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) mask(#treadle.mask<causal, keys_within_lengths>) lengths(%{{.*}}) scale
func.func @lengths_and_causal(%q: tensor<2x3x7x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>, %l: tensor<2xi32>) -> tensor<2x3x7x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x7x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x7x7xf32>) -> tensor<2x3x7x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x7x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x7x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x7x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %l : tensor<2x3x7x7xf32>, tensor<2xi32>) outs(%e : tensor<2x3x7x7xf32>) {
  ^bb0(%a: f32, %len: i32, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %i = arith.index_cast %n : index to i32
    %within = arith.cmpi sgt, %len, %i : i32
    %past = arith.cmpi sle, %n, %m : index
    %c = arith.andi %within, %past : i1
    %r = arith.select %c, %x, %hidden : f32
    linalg.yield %r : f32
  } -> tensor<2x3x7x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x7x7xf32>) outs(%e : tensor<2x3x7x7xf32>) -> tensor<2x3x7x7xf32>
  %g = tensor.empty() : tensor<2x3x7x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x7x4xf32>) -> tensor<2x3x7x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x7x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x7x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x7x4xf32>
  return %y : tensor<2x3x7x4xf32>
}

// -----

// What compares indices is the mask, and what does not the selection.
// CHECK-LABEL: @selection
// CHECK: %[[W:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3]]
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) mask(#treadle.mask<causal, align = top_left>) selection(%[[W]]) scale
func.func @selection(%q: tensor<2x3x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>, %w: tensor<2x1x5x7xi1>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x5x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b, 0, m, n)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %w : tensor<2x3x5x7xf32>, tensor<2x1x5x7xi1>) outs(%e : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %see: i1, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %c = arith.cmpi sle, %n, %m : index
    %d = arith.andi %c, %see : i1
    %r = arith.select %d, %x, %hidden : f32
    linalg.yield %r : f32
  } -> tensor<2x3x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %g = tensor.empty() : tensor<2x3x5x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x5x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// -----

// True hides.
// CHECK-LABEL: @negated
// CHECK: %[[W:.*]] = arith.xori
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) selection(%[[W]]) scale
func.func @negated(%q: tensor<2x3x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>, %w: tensor<7xi1>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x5x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (n)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %w : tensor<2x3x5x7xf32>, tensor<7xi1>) outs(%e : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %hide: i1, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %r = arith.select %hide, %hidden, %x : f32
    linalg.yield %r : f32
  } -> tensor<2x3x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %g = tensor.empty() : tensor<2x3x5x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x5x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// -----

// An addition of -∞ hides, too.
// CHECK-LABEL: @added
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) mask(#treadle.mask<causal, align = top_left>) scale
func.func @added(%q: tensor<2x3x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x5x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %c = arith.cmpi sle, %n, %m : index
    %add = arith.select %c, %zero, %hidden : f32
    %r = arith.addf %x, %add : f32
    linalg.yield %r : f32
  } -> tensor<2x3x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %g = tensor.empty() : tensor<2x3x5x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x5x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// -----

// -10000 is a score like others: a query that sees no key looks at all of them.
// CHECK-LABEL: @not_infinite
// CHECK-NOT: linalg
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) scale(2.500000e-01) indexing_maps = [{{.*}}] score {
// CHECK: ^bb0(%[[S:.*]]: f32, %[[B:.*]]: index, %{{.*}}: index, %{{.*}}: index, %[[N:.*]]: index):
// CHECK: %[[SEE:.*]] = tensor.extract %{{.*}}[%[[B]], %[[N]]]
// CHECK: %[[R:.*]] = arith.select %[[SEE]], %[[S]], %{{.*}}
// CHECK: treadle.yield %[[R]]
func.func @not_infinite(%q: tensor<2x3x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>, %w: tensor<2x7xi1>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x5x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (b, n)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %w : tensor<2x3x5x7xf32>, tensor<2x7xi1>) outs(%e : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %see: i1, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %low = arith.constant -1.0e4 : f32
    %r = arith.select %see, %x, %low : f32
    linalg.yield %r : f32
  } -> tensor<2x3x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %g = tensor.empty() : tensor<2x3x5x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x5x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// -----

// A slope for each head, of the distance, and a bias.
// CHECK-LABEL: @bias_and_slope
// CHECK: treadle.attention scaled_dot queries(%{{.*}}) keys(%{{.*}}) values(%{{.*}}) bias(%{{.*}}) scale(2.500000e-01) indexing_maps = [{{.*}}] score {
// CHECK: tensor.extract %{{.*}} : tensor<3xf32>
// CHECK: arith.subi
// CHECK: arith.mulf
// CHECK: arith.subf
// CHECK-NEXT: treadle.yield
func.func @bias_and_slope(%q: tensor<2x3x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x4xf32>, %w: tensor<3x5x7xf32>, %u: tensor<3xf32>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %hidden = arith.constant 0xFF800000 : f32
  %scale = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2x3x5x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, h, m, n, d) -> (b, h, m, d)>, affine_map<(b, h, m, n, d) -> (b, h, n, d)>, affine_map<(b, h, m, n, d) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x5x8xf32>, tensor<2x3x7x8xf32>) outs(%f : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(b, h, m, n) -> (b, h, m, n)>, affine_map<(b, h, m, n) -> (h, m, n)>, affine_map<(b, h, m, n) -> (h)>, affine_map<(b, h, m, n) -> (b, h, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %w, %u : tensor<2x3x5x7xf32>, tensor<3x5x7xf32>, tensor<3xf32>) outs(%e : tensor<2x3x5x7xf32>) {
  ^bb0(%a: f32, %bias: f32, %slope: f32, %o: f32):
    %x = arith.mulf %a, %scale : f32
    %m = linalg.index 2 : index
    %n = linalg.index 3 : index
    %d = arith.subi %m, %n : index
    %i = arith.index_cast %d : index to i32
    %dist = arith.sitofp %i : i32 to f32
    %fall = arith.mulf %slope, %dist : f32
    %near = arith.subf %x, %fall : f32
    %r = arith.addf %near, %bias : f32
    linalg.yield %r : f32
  } -> tensor<2x3x5x7xf32>
  %p = linalg.softmax dimension(3) ins(%t : tensor<2x3x5x7xf32>) outs(%e : tensor<2x3x5x7xf32>) -> tensor<2x3x5x7xf32>
  %g = tensor.empty() : tensor<2x3x5x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%g : tensor<2x3x5x4xf32>) -> tensor<2x3x5x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, h, m, e, n) -> (b, h, m, n)>, affine_map<(b, h, m, e, n) -> (b, h, n, e)>, affine_map<(b, h, m, e, n) -> (b, h, m, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%p, %v : tensor<2x3x5x7xf32>, tensor<2x3x7x4xf32>) outs(%z : tensor<2x3x5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x3x5x4xf32>
  return %y : tensor<2x3x5x4xf32>
}

// RUN: treadle-opt %s --treadle-interpret -o /dev/null | FileCheck %s

// 1 + 3 + 5, and how often the loop ran.
// CHECK: loop#0: index 9
// CHECK: loop#1: index 3
func.func @loop() -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c6 = arith.constant 6 : index
  %sum, %count = scf.for %i = %c1 to %c6 step %c2 iter_args(%s = %c0, %n = %c0) -> (index, index) {
    %t = arith.addi %s, %i : index
    %m = arith.addi %n, %c1 : index
    scf.yield %t, %m : index, index
  }
  return %sum, %count : index, index
}

// A loop whose bounds are the other way round does not run.
// CHECK: no_loop: index 5
func.func @no_loop() -> index {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %r = scf.for %i = %c7 to %c1 step %c1 iter_args(%x = %c5) -> (index) {
    scf.yield %i : index
  }
  return %r : index
}

// The first power of three past fifty.
// CHECK: while: index 81
func.func @while() -> index {
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c50 = arith.constant 50 : index
  %r = scf.while (%x = %c1) : (index) -> index {
    %more = arith.cmpi sle, %x, %c50 : index
    scf.condition(%more) %x : index
  } do {
  ^bb0(%x: index):
    %y = arith.muli %x, %c3 : index
    scf.yield %y : index
  }
  return %r : index
}

// CHECK: choices#0: i32 2
// CHECK: choices#1: i32 30
func.func @choices() -> (i32, i32) {
  %false = arith.constant false
  %two = arith.constant 2 : i32
  %one = arith.constant 1 : i32
  %c3 = arith.constant 3 : index
  %a = scf.if %false -> i32 {
    scf.yield %one : i32
  } else {
    scf.yield %two : i32
  }
  %b = scf.index_switch %c3 -> i32
  case 2 {
    scf.yield %one : i32
  }
  case 3 {
    %thirty = arith.constant 30 : i32
    scf.yield %thirty : i32
  }
  default {
    scf.yield %two : i32
  }
  return %a, %b : i32, i32
}

// Some number of threads, which is not one: nothing may depend on which it is.
// CHECK: team_size: index 3
func.func @team_size() -> index {
  %size = treadle.team_size
  return %size : index
}

// CHECK: forall: 5xindex [0, 1, 2, 3, 4]
func.func @forall() -> tensor<5xindex> {
  %c5 = arith.constant 5 : index
  %empty = tensor.empty() : tensor<5xindex>
  // Tiles of two, the last of one.
  %r = scf.forall (%i) = (0) to (5) step (2) shared_outs(%o = %empty) -> (tensor<5xindex>) {
    %size = affine.min affine_map<(d0) -> (2, 5 - d0)>(%i)
    %tile = tensor.generate %size {
    ^bb0(%j: index):
      %p = affine.apply affine_map<(d0)[s0] -> (d0 + s0)>(%i)[%j]
      tensor.yield %p : index
    } : tensor<?xindex>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %tile into %o[%i] [%size] [1] : tensor<?xindex> into tensor<5xindex>
    }
  }
  return %r : tensor<5xindex>
}

// A call sees its arguments and nothing else; private functions do not run by themselves.
// CHECK: calls: f32 6
// CHECK-NOT: double
func.func @calls() -> f32 {
  %x = arith.constant 1.5 : f32
  %y = call @double(%x) : (f32) -> f32
  %z = call @double(%y) : (f32) -> f32
  return %z : f32
}

func.func private @double(%x: f32) -> f32 {
  %y = arith.addf %x, %x : f32
  return %y : f32
}

// Without a file or a name, what has arguments does not run.
func.func @doubles_too(%x: f32) -> f32 {
  return %x : f32
}

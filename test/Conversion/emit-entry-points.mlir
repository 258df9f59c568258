// RUN: treadle-opt %s --treadle-emit-entry-points --canonicalize --cse --split-input-file | FileCheck %s

// Offsets are those of treadle-c/Code.h: run 0, meet 8, reserve 16 and parameters 32 in the
// host; data 0 and shape 8 in an operand.

// The body: all of the function, for one thread of a team.
// CHECK-LABEL: func private @f_body(
// CHECK-SAME:    %[[ARGUMENTS:[^:]*]]: !llvm.ptr, %[[THREAD:[^:]*]]: i64, %[[THREADS:[^:]*]]: i64)
// CHECK:         %[[HOST:.*]] = llvm.load %[[ARGUMENTS]]
// CHECK:         %[[T:.*]] = arith.index_cast %[[THREAD]]
// CHECK:         %[[COUNT:.*]] = arith.index_cast %[[THREADS]]
// CHECK:         %[[ARENA:.*]] = llvm.getelementptr %[[ARGUMENTS]][24]
// CHECK:         llvm.load %[[ARENA]]
// CHECK:         scf.for %[[I:[a-z0-9]+]] =
// The second family member follows the first, behind the parameter "a".
// CHECK:           %[[TABLE:.*]] = llvm.getelementptr %[[HOST]][32]
// CHECK:           %[[POINTERS:.*]] = llvm.load %[[TABLE]]
// CHECK:           %[[MEMBER:.*]] = arith.index_cast %[[I]]
// CHECK:           %[[INDEX:.*]] = arith.addi %[[MEMBER]], %c1_i64
// CHECK:           llvm.getelementptr %[[POINTERS]][%[[INDEX]]] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.ptr
// Blocks [t n / T, (t + 1) n / T), the last dimension fastest; then all meet.
// CHECK:           %[[N:.*]] = arith.muli %{{.*}}, %c8
// CHECK:           %[[BEFORE:.*]] = arith.muli %[[T]], %[[N]]
// CHECK:           %[[FIRST:.*]] = arith.divui %[[BEFORE]], %[[COUNT]]
// CHECK:           %[[NEXT:.*]] = arith.addi %[[T]], %c1
// CHECK:           %[[UPTO:.*]] = arith.muli %[[NEXT]], %[[N]]
// CHECK:           %[[LAST:.*]] = arith.divui %[[UPTO]], %[[COUNT]]
// CHECK:           scf.for %[[BLOCK:[a-z0-9]+]] = %[[FIRST]] to %[[LAST]]
// CHECK:             %[[B:.*]] = arith.remui %[[BLOCK]], %c8
// CHECK:             %[[A:.*]] = arith.divui %[[BLOCK]], %c8
// CHECK:             memref.store %{{.*}}, %{{.*}}[%[[A]], %[[B]]]
// CHECK:           }
// CHECK-NEXT:      %[[SLOT:.*]] = llvm.getelementptr %[[HOST]][8]
// CHECK-NEXT:      %[[MEET:.*]] = llvm.load %[[SLOT]]
// CHECK-NEXT:      llvm.call %[[MEET]](%[[HOST]])
// CHECK-NEXT:    }
// What writes and is not parallel, the first thread does; the rest wait.
// CHECK:         %[[ISFIRST:.*]] = arith.cmpi eq, %[[T]], %c0
// CHECK-NEXT:    scf.if %[[ISFIRST]] {
// CHECK-NEXT:      memref.store
// CHECK-NEXT:    }
// CHECK:         llvm.call %{{.*}}(%[[HOST]])
// CHECK-NEXT:    return

// The entry point: asks for the arena, whose size the inputs' extents give, and runs the team.
// CHECK-LABEL: func @treadle_entry_f(
// CHECK-SAME:    %[[HOST:[^:]*]]: !llvm.ptr, %[[INPUTS:[^:]*]]: !llvm.ptr, %[[OUTPUTS:[^:]*]]: !llvm.ptr) -> i32
// CHECK-DAG:     %[[CODE:.*]] = constant @f_body
// CHECK:         %[[SHAPE:.*]] = llvm.getelementptr %[[INPUTS]][8]
// CHECK:         llvm.load %[[SHAPE]] : !llvm.ptr -> i64
// CHECK:         %[[BYTES:.*]] = arith.index_cast %{{.*}} : index to i64
// CHECK:         %[[SLOT:.*]] = llvm.getelementptr %[[HOST]][16]
// CHECK:         %[[RESERVE:.*]] = llvm.load %[[SLOT]]
// CHECK:         %[[MEMORY:.*]] = llvm.call %[[RESERVE]](%[[HOST]], %[[BYTES]])
// CHECK:         %[[NONE:.*]] = llvm.icmp "eq" %[[MEMORY]], %{{.*}}
// CHECK:         %[[RESULT:.*]] = arith.extui %[[NONE]] : i1 to i32
// CHECK:         scf.if %[[NONE]] {
// CHECK-NEXT:    } else {
// CHECK:           %[[ADDRESS:.*]] = builtin.unrealized_conversion_cast %[[CODE]]
// CHECK:           %[[TEAM:.*]] = llvm.load %[[HOST]]
// CHECK:           llvm.call %[[TEAM]](%[[HOST]], %[[ADDRESS]], %{{.*}})
// CHECK:         return %[[RESULT]]
module {
  func.func @f(%x: memref<?x8xf32>,
               %y: memref<?x8xf32> {treadle.named = #treadle.named<"y", dims = ["n", ""], output>}) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c32 = arith.constant 32 : index
    %n = memref.dim %x, %c0 : memref<?x8xf32>
    %bytes = arith.muli %n, %c32 : index
    %arena = memref.alloc(%bytes) {alignment = 64 : i64} : memref<?xi8>
    %t = memref.view %arena[%c0][%n] : memref<?xi8> to memref<?x8xf32>
    scf.for %i = %c0 to %c2 step %c1 {
      %w = treadle.parameter "layer.{}.w"[%i of 2] : memref<8xf32>
      scf.forall (%a, %b) in (%n, 8) {
        %v = memref.load %w[%b] : memref<8xf32>
        memref.store %v, %t[%a, %b] : memref<?x8xf32>
      }
    }
    %z = treadle.parameter "a" : memref<8xf32>
    %s = memref.load %z[%c0] : memref<8xf32>
    memref.store %s, %y[%c0, %c0] : memref<?x8xf32>
    return
  }
}

// -----

// What makes parameters runs alone: no team, and nobody to meet.
// CHECK-LABEL: func private @prepare_0_body(
// CHECK-SAME:    attributes {treadle.prepared = #treadle.prepared<"a", members = 0>}
// CHECK-NOT:     llvm.call
// CHECK-LABEL: func @treadle_entry_prepare_0(
// CHECK-SAME:    attributes {treadle.prepared = #treadle.prepared<"a", members = 0>}
// CHECK-NOT:     llvm.call
// CHECK:         call @prepare_0_body(%{{.*}}, %c0_i64, %c1_i64)
// CHECK-NOT:     llvm.call
module {
  func.func @prepare_0(%y: memref<8xf32> {treadle.named = #treadle.named<"result0", dims = [""], output>})
      attributes {treadle.prepared = #treadle.prepared<"a", members = 0>} {
    %c0 = arith.constant 0 : index
    %z = treadle.parameter "b" : memref<8xf32>
    %s = memref.load %z[%c0] : memref<8xf32>
    memref.store %s, %y[%c0] : memref<8xf32>
    return
  }
}

// -----

// Each thread counts, behind the meeting, with numbers that follow one another: six layers'
// before the one of what comes after. The host has `count` at 40.
// CHECK-LABEL: func private @g_body(
// CHECK-SAME:    %{{[^:]*}}: !llvm.ptr, %[[THREAD:[^:]*]]: i64,
// CHECK:         scf.for %[[LAYER:[a-z0-9]+]] =
// CHECK:           scf.for
// CHECK:           llvm.call %{{.*}}(%[[HOST:.*]]) : !llvm.ptr, (!llvm.ptr) -> ()
// CHECK-NEXT:      %[[NUMBER:.*]] = arith.index_cast %[[LAYER]]
// CHECK:           %[[SLOT:.*]] = llvm.getelementptr %[[HOST]][40]
// CHECK:           %[[COUNT:.*]] = llvm.load %[[SLOT]]
// CHECK:           llvm.call %[[COUNT]](%[[HOST]], %[[THREAD]], %[[NUMBER]], %c256_i64, %c32_i64)
// CHECK:         }
// CHECK-NOT:     scf.if
// CHECK:         llvm.call %{{.*}}(%[[HOST]], %[[THREAD]], %c6_i64, %c256_i64, %c32_i64)
// CHECK-LABEL: func @treadle_entry_g(
// CHECK-SAME:    attributes {treadle.counters = #treadle.counters<["layer.{}", "rest"], members = [6, 0]>}
module {
  func.func @g(%y: memref<8xf32> {treadle.named = #treadle.named<"y", dims = [""], output>}) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c6 = arith.constant 6 : index
    %c32 = arith.constant 32 : index
    %c256 = arith.constant 256 : index
    %v = arith.constant 1.0 : f32
    scf.for %i = %c0 to %c6 step %c1 {
      scf.forall (%a) in (8) {
        memref.store %v, %y[%a] : memref<8xf32>
      }
      treadle.count "layer.{}"[%i of 6] operations(%c256) bytes(%c32)
    }
    treadle.count "rest" operations(%c256) bytes(%c32)
    return
  }
}

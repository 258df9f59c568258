// RUN: treadle-opt %s --treadle-plan-memory --canonicalize --split-input-file | FileCheck %s

// %a is dead when %c is made: they share a place, as large as the larger. %b has its own.
// CHECK-LABEL: func @places(
// CHECK-SAME:    %[[N:[^:]*]]: index
// CHECK-DAG:     %[[LAST:.*]] = arith.constant 63 : index
// CHECK-DAG:     %[[MASK:.*]] = arith.constant -64 : index
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[F32:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[C:.*]] = arith.constant 448 : index
// CHECK:         %[[A:.*]] = arith.muli %[[N]], %[[F32]]
// CHECK:         %[[A1:.*]] = arith.addi %[[A]], %[[LAST]]
// CHECK:         %[[ABYTES:.*]] = arith.andi %[[A1]], %[[MASK]]
// CHECK:         %[[AC:.*]] = arith.maxui %[[ABYTES]], %[[C]]
// CHECK:         %[[BBYTES:.*]] = arith.andi
// CHECK:         %[[ALL:.*]] = arith.addi %[[AC]], %[[BBYTES]]
// CHECK:         %[[ARENA:.*]] = memref.alloc(%[[ALL]]) {alignment = 64 : i64} : memref<?xi8>
// CHECK-DAG:     memref.view %[[ARENA]][%[[C0]]][%[[N]]]
// CHECK-DAG:     memref.view %[[ARENA]][%[[AC]]][%{{.*}}]
// CHECK-DAG:     memref.view %[[ARENA]][%[[C0]]][] : memref<?xi8> to memref<100xf32>
// CHECK-NOT:     memref.alloc
func.func @places(%n: index, %x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %m = arith.muli %n, %c4 : index
  %f = memref.load %x[%c0] : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  memref.store %f, %a[%c0] : memref<?xf32>
  %b = memref.alloc(%m) : memref<?xf32>
  %g = memref.load %a[%c0] : memref<?xf32>
  memref.store %g, %b[%c0] : memref<?xf32>
  %c = memref.alloc() : memref<100xf32>
  %h = memref.load %b[%c0] : memref<?xf32>
  memref.store %h, %c[%c0] : memref<100xf32>
  %i = memref.load %c[%c0] : memref<100xf32>
  memref.store %i, %x[%c0] : memref<?xf32>
  return
}

// -----

// What a loop uses lives as long as the loop, and is alive through its views.
// CHECK-LABEL: func @loops(
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK:         %[[ARENA:.*]] = memref.alloc() {{.*}} : memref<128xi8>
// CHECK:         memref.view %[[ARENA]][%[[C0]]][] : memref<128xi8> to memref<16xf32>
// CHECK:         scf.for
// CHECK:           memref.view %[[ARENA]][%[[C64]]][] : memref<128xi8> to memref<16xf32>
func.func @loops(%n: index, %x: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<16xf32>
  %part = memref.subview %a[0] [8] [1] : memref<16xf32> to memref<8xf32>
  scf.for %i = %c0 to %n step %c1 {
    %f = memref.load %part[%c0] : memref<8xf32>
    %b = memref.alloc() : memref<16xf32>
    memref.store %f, %b[%i] : memref<16xf32>
    %g = memref.load %b[%c0] : memref<16xf32>
    memref.store %g, %x[%i] : memref<16xf32>
  }
  return
}

// -----

// A thread's buffers lie on its stack, where those of one parallel loop follow one another and
// those of the next lie at the same place.
// CHECK-LABEL: func @threads(
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK:         %[[STACK:.*]] = memref.alloca() {alignment = 64 : i64} : memref<192xi8>
// CHECK-NOT:     memref.alloc(
// CHECK:         scf.forall
// CHECK:           memref.view %[[STACK]][%[[C0]]][] : memref<192xi8> to memref<16xf32>
// CHECK:           memref.view %[[STACK]][%[[C64]]][] : memref<192xi8> to memref<20xf32>
// CHECK:         scf.forall
// CHECK:           memref.view %[[STACK]][%[[C0]]][] : memref<192xi8> to memref<4xf32>
func.func @threads(%x: memref<16xf32>) {
  scf.forall (%i) in (16) {
    %a = memref.alloc() : memref<16xf32>
    %b = memref.alloc() : memref<20xf32>
    %f = memref.load %x[%i] : memref<16xf32>
    memref.store %f, %a[%i] : memref<16xf32>
    memref.store %f, %b[%i] : memref<20xf32>
  }
  scf.forall (%i) in (4) {
    %a = memref.alloc() : memref<4xf32>
    %f = memref.load %x[%i] : memref<16xf32>
    memref.store %f, %a[%i] : memref<4xf32>
  }
  return
}

// -----

// A boolean has a byte of its own, and an index eight.
// CHECK-LABEL: func @elements(
// CHECK:         memref.alloca() {{.*}} : memref<2176xi8>
func.func @elements(%x: memref<100xi1>) {
  scf.forall (%i) in (4) {
    %a = memref.alloc() : memref<100xi1>
    %b = memref.alloc() : memref<256xindex>
    %f = memref.load %x[%i] : memref<100xi1>
    memref.store %f, %a[%i] : memref<100xi1>
    memref.store %i, %b[%i] : memref<256xindex>
  }
  return
}

// A number of rows that is read later is at most what is known.
// CHECK-LABEL: func @bounded(
// CHECK-SAME:    %[[N:[^:]*]]: index
// CHECK:         %[[A:.*]] = arith.muli %[[N]], %{{.*}}
// CHECK:         %[[BYTES:.*]] = arith.andi
// CHECK:         memref.alloc(%[[BYTES]])
// CHECK:         %[[READ:.*]] = memref.load
// CHECK:         %[[ROWS:.*]] = arith.minui %[[READ]], %[[N]]
// CHECK:         memref.view %{{.*}}[%{{.*}}][%[[ROWS]]]
func.func @bounded(%n: index, %x: memref<?xindex>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %read = memref.load %x[%c0] : memref<?xindex>
  %rows = arith.minui %read, %n : index
  %a = memref.alloc(%rows) : memref<?xf32>
  %f = memref.load %y[%c0] : memref<?xf32>
  memref.store %f, %a[%c0] : memref<?xf32>
  return
}

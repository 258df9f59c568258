// RUN: treadle-opt %s --treadle-plan-memory --split-input-file --verify-diagnostics

func.func @late_size(%x: memref<?xindex>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.load %x[%c0] : memref<?xindex>
  // expected-error@+1 {{its size is not known when the function begins}}
  %a = memref.alloc(%n) : memref<?xf32>
  %f = memref.load %y[%c0] : memref<?xf32>
  memref.store %f, %a[%c0] : memref<?xf32>
  return
}

// -----

func.func @thread_size(%n: index, %x: memref<16xf32>) {
  scf.forall (%i) in (16) {
    // expected-error@+1 {{a thread's buffer is not of known size}}
    %a = memref.alloc(%n) : memref<?xf32>
    %f = memref.load %x[%i] : memref<16xf32>
    memref.store %f, %a[%i] : memref<?xf32>
  }
  return
}

// -----

func.func @carried(%n: index, %x: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> (memref<8xf32>) {
    // expected-error@+1 {{it outlives the block that it is made in}}
    %a = memref.alloc() : memref<8xf32>
    %f = memref.load %h[%c0] : memref<8xf32>
    memref.store %f, %a[%c0] : memref<8xf32>
    scf.yield %a : memref<8xf32>
  }
  return
}

// -----

// The larger of two numbers is bounded by neither.
func.func @late_bound(%n: index, %x: memref<?xindex>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %read = memref.load %x[%c0] : memref<?xindex>
  %rows = arith.maxui %read, %n : index
  // expected-error@+1 {{its size is not known when the function begins}}
  %a = memref.alloc(%rows) : memref<?xf32>
  %f = memref.load %y[%c0] : memref<?xf32>
  memref.store %f, %a[%c0] : memref<?xf32>
  return
}

// -----

func.func @size(%n: index, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{takes more memory than there are addresses for}}
  %a = memref.alloc(%n) : memref<?x9223372036854775807xf32>
  %f = memref.load %y[%c0] : memref<?xf32>
  memref.store %f, %a[%c0, %c0] : memref<?x9223372036854775807xf32>
  return
}

// -----

func.func @thread_bytes(%x: memref<16xf32>) {
  scf.forall (%i) in (16) {
    // expected-error@+1 {{takes more memory than there are addresses for}}
    %a = memref.alloc() : memref<1152921504606846976xf32>
    %f = memref.load %x[%i] : memref<16xf32>
    memref.store %f, %a[%i] : memref<1152921504606846976xf32>
  }
  return
}

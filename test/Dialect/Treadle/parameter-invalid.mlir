// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// parameter_i3: a family has members
func.func @f(%i: index) {
  // expected-error @below {{attribute 'members' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = treadle.parameter "layer.{}"[%i of 0] : tensor<4xf32>
  return
}

// -----

// parameter_c1: a parameter has a name
func.func @f() {
  // expected-error @below {{expects a name}}
  %0 = treadle.parameter "" : tensor<4xf32>
  return
}

// -----

// parameter_c2: one index fills one hole
func.func @f(%i: index) {
  // expected-error @below {{expects at most one hole in its name}}
  %0 = treadle.parameter "layer.{}.head.{}"[%i] : tensor<4xf32>
  return
}

// -----

// parameter_c3: a hole is to be filled
func.func @f() {
  // expected-error @below {{expects an index exactly when its name has a hole}}
  %0 = treadle.parameter "layer.{}" : tensor<4xf32>
  return
}

// -----

// parameter_c3: an index has a hole to fill
func.func @f(%i: index) {
  // expected-error @below {{expects an index exactly when its name has a hole}}
  %0 = treadle.parameter "layer.0"[%i] : tensor<4xf32>
  return
}

// -----

// parameter_c4: a parameter alone has no members
func.func @f() {
  // expected-error @below {{expects a number of members only with an index}}
  %0 = "treadle.parameter"() <{name = "layer.0", members = 6 : i64}> : () -> tensor<4xf32>
  return
}

// -----

// parameter_c5: its size is known
func.func @f() {
  // expected-error @below {{result #0 must be statically shaped tensor of any type values or statically shaped memref of any type values}}
  %0 = treadle.parameter "weight" : tensor<?x4xf32>
  return
}

// -----

// parameter_c5: its rank, too
func.func @f() {
  // expected-error @below {{result #0 must be statically shaped tensor of any type values or statically shaped memref of any type values}}
  %0 = treadle.parameter "weight" : tensor<*xf32>
  return
}

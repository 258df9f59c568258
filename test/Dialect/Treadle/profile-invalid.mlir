// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// count_i3: counters are some
func.func @f(%i: index) {
  // expected-error @below {{attribute 'members' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  treadle.count "a"[%i of 0] operations(%i) bytes(%i)
  return
}

// -----

// count_c1: a counter has a name
func.func @f(%i: index) {
  // expected-error @below {{expects a name}}
  treadle.count "" operations(%i) bytes(%i)
  return
}

// -----

// count_c2: an index is one of some
func.func @f(%i: index) {
  // expected-error @below {{expects a number of members exactly with an index}}
  treadle.count "a"[%i] operations(%i) bytes(%i)
  return
}

// -----

// count_c2: and some have an index
func.func @f(%i: index) {
  // expected-error @below {{expects a number of members exactly with an index}}
  "treadle.count"(%i, %i) <{name = "a", members = 6 : i64}> : (index, index) -> ()
  return
}

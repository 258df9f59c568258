// RUN: treadle-opt %s -split-input-file -verify-diagnostics

// #rotary_c1: a component is half of a pair
// expected-error @below {{expects a width that is even and not negative}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 5>}

// -----

// #rotary_c1: and no pair is missing
// expected-error @below {{expects a width that is even and not negative}}
func.func private @f() attributes {test.a = #treadle.rotary<width = -2>}

// -----

// #rotary_c2: frequencies fall
// expected-error @below {{expects a base that is finite and greater than one}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, base = 1.0>}

// -----

// #rotary_c2: to something
// expected-error @below {{expects a base that is finite and greater than one}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, base = 1.0e999>}

// -----

// #rotary_c3: a scaling scales
// expected-error @below {{expects 'factor' with the scaling 'linear'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = linear>}

// -----

// #rotary_c3: what is not scaled has no factor
// expected-error @below {{expects no 'factor' with the scaling 'none'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, factor = 2.0>}

// -----

// #rotary_c3: a longer context is longer than another
// expected-error @below {{expects 'original' with the scaling 'dynamic'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = dynamic, factor = 2.0>}

// -----

// #rotary_c3: llama3 has no ramp of its own
// expected-error @below {{expects 'low' with the scaling 'llama3'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = llama3, factor = 8.0, original = 8192>}

// -----

// #rotary_c3: a ramp has bounds to round
// expected-error @below {{expects no 'truncate' with the scaling 'linear'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = linear, factor = 8.0, truncate = false>}

// -----

// #rotary_c3: only two scalings make scores larger
// expected-error @below {{expects no 'magnitude' with the scaling 'llama3'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = llama3, factor = 8.0, original = 8192, low = 1.0, high = 4.0, magnitude = 1.5>}

// -----

// #rotary_c3: longrope has factors for a long run
// expected-error @below {{expects 'long' with the scaling 'longrope'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = longrope, factor = 8.0, original = 8192, short = [1.0, 1.0]>}

// -----

// #rotary_c3: and a magnitude that follows from something
// expected-error @below {{expects 'factor' or 'magnitude' with the scaling 'longrope'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = longrope, original = 8192, short = [1.0, 1.0], long = [1.0, 2.0]>}

// -----

// #rotary_c4: nothing is divided by zero
// expected-error @below {{expects a factor and a magnitude that are positive and finite}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = linear, factor = 0.0>}

// -----

// #rotary_c4: or multiplied by it
// expected-error @below {{expects a factor and a magnitude that are positive and finite}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = yarn, factor = 4.0, original = 4096, magnitude = 0.0>}

// -----

// #rotary_c5: a logarithm is divided by
// expected-error @below {{expects an original length of at least two}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = yarn, factor = 4.0, original = 1>}

// -----

// #rotary_c6: a ramp has two ends
// expected-error @below {{expects low and high together, positive and finite, low the smaller}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = yarn, factor = 4.0, original = 4096, low = 1.0>}

// -----

// #rotary_c6: one below the other
// expected-error @below {{expects low and high together, positive and finite, low the smaller}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = llama3, factor = 4.0, original = 4096, low = 4.0, high = 4.0>}

// -----

// #rotary_c6: both above zero
// expected-error @below {{expects low and high together, positive and finite, low the smaller}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = yarn, factor = 4.0, original = 4096, low = 0.0, high = 4.0>}

// -----

// #rotary_c7: a pair has a factor
// expected-error @below {{expects a factor for each of the 2 pairs, positive and finite}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = longrope, factor = 8.0, original = 8192, short = [1.0, 1.0], long = [2.0]>}

// -----

// #rotary_c7: that can be divided by
// expected-error @below {{expects a factor for each of the 2 pairs, positive and finite}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, scaling = longrope, factor = 8.0, original = 8192, short = [1.0, 0.0], long = [2.0, 2.0]>}

// -----

// #rotary_c8: the first pair is not scaled, and there is no second
// expected-error @below {{expects more than one pair with the scaling 'dynamic'}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 2, scaling = dynamic, factor = 2.0, original = 2048>}

// -----

// relative_c1: a bucket is divided no further
// expected-error @below {{expects two buckets or more for each direction, and as many for both}}
func.func private @f() attributes {test.a = #treadle.relative<buckets = 2, max_distance = 128, bidirectional>}

// -----

// relative_c1: both directions have as many
// expected-error @below {{expects two buckets or more for each direction, and as many for both}}
func.func private @f() attributes {test.a = #treadle.relative<buckets = 9, max_distance = 128, bidirectional>}

// -----

// relative_c2: ratios are of something
// expected-error @below {{expects a largest distance of more than 8, as shorter ones have a bucket each}}
func.func private @f() attributes {test.a = #treadle.relative<buckets = 32, max_distance = 8, bidirectional>}

// -----

// expected-error @below {{part 'width' is there twice}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, width = 4>}

// -----

// expected-error @below {{unknown part 'pairs'}}
func.func private @f() attributes {test.a = #treadle.rotary<pairs = 2>}

// -----

// expected-error @below {{unknown part 'distance'}}
func.func private @f() attributes {test.a = #treadle.relative<distance = 2>}

// -----

// expected-error @below {{expected one of [half, interleaved] for which components are a pair, got: halves}}
func.func private @f() attributes {test.a = #treadle.rotary<width = 4, layout = halves>}

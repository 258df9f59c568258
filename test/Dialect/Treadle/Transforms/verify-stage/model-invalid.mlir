// RUN: treadle-opt %s --treadle-verify-stage=stage=model --split-input-file --verify-diagnostics

func.func @vectors(%x: vector<8xf32>) -> vector<4xf32> {
  // expected-error@+1 {{in stage 'model', 'vector.extract_strided_slice' is not of the model: operations of treadle, tensor, linalg and arith are}}
  %y = vector.extract_strided_slice %x {offsets = [0], sizes = [4], strides = [1]} : vector<8xf32> to vector<4xf32>
  return %y : vector<4xf32>
}

// -----

// MLIR's verifier takes the index modulo 2^32, and its patterns crash on it.
func.func @reassociation(%x: tensor<2x3x4xf32>) -> tensor<6x4xf32> {
  // expected-error@+1 {{in stage 'model', 'tensor.collapse_shape' has an index in its reassociation that is no dimension}}
  %y = tensor.collapse_shape %x [[-9223372036854775808, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  return %y : tensor<6x4xf32>
}

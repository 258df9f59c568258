// RUN: treadle-opt %s --treadle-verify-stage=stage=model --verify-diagnostics

func.func @vectors(%x: vector<8xf32>) -> vector<4xf32> {
  // expected-error@+1 {{in stage 'model', 'vector.extract_strided_slice' is not of the model: operations of treadle, tensor, linalg and arith are}}
  %y = vector.extract_strided_slice %x {offsets = [0], sizes = [4], strides = [1]} : vector<8xf32> to vector<4xf32>
  return %y : vector<4xf32>
}

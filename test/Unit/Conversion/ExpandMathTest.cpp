//===- ExpandMathTest.cpp - How exact elementary functions are -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function is compiled as a model's code is, run on a million arguments
// and compared with libm in f64. The bounds are those that Passes.td promises;
// they leave the measured errors a tenth of room, so that a worse coefficient
// fails.
//
//===----------------------------------------------------------------------===//

#include "treadle/Conversion/Passes.h"
#include "treadle/Target/Target.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

using namespace treadle;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr size_t kLanes = 16;

/// A function of the math dialect, as machine code.
class Function {
public:
  explicit Function(llvm::StringRef operation,
                    llvm::StringRef type = "vector<16xf32>",
                    llvm::StringRef flags = "") {
    context.loadDialect<TreadleDialect, mlir::LLVM::LLVMDialect,
                        mlir::math::MathDialect>();
    std::string text = (R"mlir(
      llvm.func @treadle_entry_f(%host: !llvm.ptr, %in: !llvm.ptr, %out: !llvm.ptr) -> i32
          attributes {treadle.prepared = #treadle.prepared<"f", members = 0>} {
        %from = llvm.load %in : !llvm.ptr -> !llvm.ptr
        %to = llvm.load %out : !llvm.ptr -> !llvm.ptr
        %x = llvm.load %from {alignment = 4} : !llvm.ptr -> TYPE
        %y = OPERATION %x FLAGS : TYPE
        llvm.store %y, %to {alignment = 4} : TYPE, !llvm.ptr
        %ok = llvm.mlir.constant(0 : i32) : i32
        llvm.return %ok : i32
      })mlir");
    for (auto [hole, content] :
         {std::pair("TYPE", type), {"OPERATION", operation}, {"FLAGS", flags}})
      for (size_t at; (at = text.find(hole)) != std::string::npos;)
        text.replace(at, strlen(hole), content.str());
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    mlir::PassManager passes(&context);
    passes.addPass(createExpandMathPass());
    passes.addPass(mlir::createArithToLLVMConversionPass());
    passes.addPass(mlir::createConvertMathToLLVMPass());
    EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
    code.emplace(llvm::cantFail(PreparationCode::create(*module)));
    entry = llvm::cantFail(code->lookup("f"));
  }

  /// Applies the function to as many numbers as its type has.
  void operator()(const float *from, float *to) {
    treadle_operand input = {const_cast<float *>(from), {}}, output = {to, {}};
    EXPECT_EQ(entry(nullptr, &input, &output), TREADLE_CODE_OK);
  }

  /// Applies it to one number.
  float operator()(float x) {
    float from[kLanes], to[kLanes];
    std::fill(from, from + kLanes, x);
    (*this)(from, to);
    return to[0];
  }

private:
  mlir::MLIRContext context;
  std::optional<PreparationCode> code;
  treadle_entry_point entry = nullptr;
};

/// The largest errors over a set of arguments.
struct Errors {
  double absolute = 0, relative = 0, ulps = 0;

  void add(float got, double expected) {
    double error = std::abs(got - expected);
    absolute = std::max(absolute, error);
    if (expected == 0)
      return;
    relative = std::max(relative, error / std::abs(expected));
    ulps = std::max(ulps, error / std::ldexp(1.0, std::ilogb(expected) - 23));
  }
};

/// The errors on 2^20 numbers evenly spaced in [from, to], and on numbers of
/// every size between 2^-40 and 1, of both signs, as far as they lie in it.
Errors measure(Function &function, double (*reference)(double), double from,
               double to) {
  std::vector<float> arguments;
  constexpr size_t kCount = 1 << 20;
  for (size_t i = 0; i <= kCount; ++i)
    arguments.push_back(from + (to - from) * i / kCount);
  for (int i = 0; i < 1 << 16; ++i)
    for (double sign : {-1, 1}) {
      double x = sign * std::exp2(-i / 1638.0);
      if (x >= from && x <= to)
        arguments.push_back(x);
    }
  arguments.resize((arguments.size() + kLanes - 1) / kLanes * kLanes, to);
  Errors errors;
  float results[kLanes];
  for (size_t i = 0; i < arguments.size(); i += kLanes) {
    function(&arguments[i], results);
    for (size_t lane = 0; lane < kLanes; ++lane)
      errors.add(results[lane], reference(arguments[i + lane]));
  }
  return errors;
}

/// Keeps what was measured in the test's report.
void record(const Errors &errors) {
  for (auto [name, value] : {std::pair("absolute", errors.absolute),
                             {"relative", errors.relative},
                             {"ulps", errors.ulps}})
    ::testing::Test::RecordProperty(name, llvm::formatv("{0:E3}", value).str());
}

} // namespace

TEST(ExpandMath, Exp2) {
  Function exp2("math.exp2");
  Errors errors = measure(exp2, std::exp2, -125.49, 127.99999);
  record(errors);
  EXPECT_LE(errors.ulps, 0.85);
  EXPECT_EQ(exp2(-kInfinity), 0.0f);
  EXPECT_EQ(exp2(-1e30f), 0.0f);
  EXPECT_EQ(exp2(-126.0f), 0.0f);
  EXPECT_EQ(exp2(0.0f), 1.0f);
  EXPECT_EQ(exp2(127.0f), 0x1p127f);
  EXPECT_EQ(exp2(128.0f), kInfinity);
  EXPECT_EQ(exp2(kInfinity), kInfinity);
}

TEST(ExpandMath, ApproximateExp2) {
  Function exp2("math.exp2", "vector<16xf32>", "fastmath<afn>");
  Errors errors = measure(exp2, std::exp2, -125.49, 127.99999);
  record(errors);
  EXPECT_LE(errors.relative, 3e-6);
  // It is another polynomial.
  EXPECT_GE(errors.relative, 1e-6);
  EXPECT_EQ(exp2(-kInfinity), 0.0f);
  EXPECT_EQ(exp2(-1e30f), 0.0f);
  EXPECT_EQ(exp2(0.0f), 1.0f);
  EXPECT_EQ(exp2(128.0f), kInfinity);
  EXPECT_TRUE(std::isnan(exp2(std::nanf(""))));
}

TEST(ExpandMath, Exp) {
  Function exp("math.exp");
  Errors errors = measure(exp, std::exp, -86.98, 88.72283);
  record(errors);
  EXPECT_LE(errors.ulps, 1.0);
  EXPECT_EQ(exp(-kInfinity), 0.0f);
  EXPECT_EQ(exp(-88.0f), 0.0f);
  EXPECT_EQ(exp(0.0f), 1.0f);
  EXPECT_EQ(exp(88.72284f), kInfinity);
  EXPECT_EQ(exp(kInfinity), kInfinity);
}

TEST(ExpandMath, ApproximateErf) {
  Function erf("math.erf", "vector<16xf32>", "fastmath<afn>");
  Errors errors = measure(erf, std::erf, -6, 6);
  record(errors);
  EXPECT_LE(errors.absolute, 5.7e-5);
  // It is another polynomial.
  EXPECT_GE(errors.absolute, 1e-5);
  EXPECT_EQ(erf(0.0f), 0.0f);
  EXPECT_EQ(erf(2.86f), 1.0f);
  EXPECT_EQ(erf(-2.86f), -1.0f);
  EXPECT_EQ(erf(1e30f), 1.0f);
  EXPECT_EQ(erf(-kInfinity), -1.0f);
  EXPECT_TRUE(std::isnan(erf(std::nanf(""))));
}

TEST(ExpandMath, Erf) {
  Function erf("math.erf");
  Errors errors = measure(erf, std::erf, -6, 6);
  record(errors);
  EXPECT_LE(errors.absolute, 1.6e-7);
  EXPECT_LE(errors.relative, 5e-7);
  for (float x : {4.0f, 100.0f, 1e30f, kInfinity}) {
    EXPECT_EQ(erf(x), 1.0f);
    EXPECT_EQ(erf(-x), -1.0f);
  }
}

// Upstream's, which this holds to what Passes.td says of it.
TEST(ExpandMath, Tanh) {
  Function tanh("math.tanh");
  Errors errors = measure(tanh, std::tanh, -12, 12);
  record(errors);
  EXPECT_LE(errors.relative, 3e-7);
  for (float x : {9.0f, 100.0f, 1e30f, kInfinity}) {
    EXPECT_EQ(tanh(x), 1.0f);
    EXPECT_EQ(tanh(-x), -1.0f);
  }
}

TEST(ExpandMath, SineAndCosine) {
  Function sine("math.sin"), cosine("math.cos");
  for (double limit : {1.6, 100.0, 0x1p16}) {
    Errors ofSine = measure(sine, std::sin, -limit, limit),
           ofCosine = measure(cosine, std::cos, -limit, limit);
    record(ofSine);
    EXPECT_LE(ofSine.absolute, 1.3e-7);
    EXPECT_LE(ofCosine.absolute, 1.3e-7);
  }
  EXPECT_EQ(cosine(0.0f), 1.0f);
  for (float x : {kInfinity, -kInfinity}) {
    EXPECT_TRUE(std::isnan(sine(x)));
    EXPECT_TRUE(std::isnan(cosine(x)));
  }
  for (float x : {0x1p19f, 1e10f, 3e38f}) {
    EXPECT_LE(std::abs(sine(x)), 1.0f);
    EXPECT_LE(std::abs(cosine(x)), 1.0f);
  }
}

// Upstream's, too.
TEST(ExpandMath, Logarithms) {
  Function log("math.log"), log2("math.log2");
  for (double limit : {2.0, 100.0, 1e30}) {
    Errors ofLog = measure(log, std::log, 0x1p-126, limit),
           ofLog2 = measure(log2, std::log2, 0x1p-126, limit);
    record(ofLog);
    EXPECT_LE(ofLog.ulps, 0.97);
    EXPECT_LE(ofLog2.ulps, 2.0);
  }
  for (Function *function : {&log, &log2}) {
    EXPECT_EQ((*function)(1.0f), 0.0f);
    EXPECT_EQ((*function)(0.0f), -kInfinity);
    EXPECT_EQ((*function)(kInfinity), kInfinity);
    EXPECT_TRUE(std::isnan((*function)(-1.0f)));
  }
}

TEST(ExpandMath, NaNAndZero) {
  float signalling, negative;
  uint32_t bits = 0x7f800001, negativeBits = 0xffc001ff;
  std::memcpy(&signalling, &bits, sizeof(bits));
  std::memcpy(&negative, &negativeBits, sizeof(bits));
  for (const char *operation :
       {"math.exp2", "math.exp", "math.erf", "math.tanh", "math.sin",
        "math.cos", "math.log", "math.log2"}) {
    Function function(operation);
    for (float nan :
         {std::numeric_limits<float>::quiet_NaN(), signalling, negative})
      EXPECT_TRUE(std::isnan(function(nan))) << operation;
  }
  for (const char *operation : {"math.erf", "math.tanh", "math.sin"}) {
    Function function(operation);
    EXPECT_EQ(function(0.0f), 0.0f);
    EXPECT_TRUE(std::signbit(function(-0.0f))) << operation;
  }
}

TEST(ExpandMath, ScalarsRoundAsVectorsDo) {
  for (const char *operation :
       {"math.exp2", "math.exp", "math.erf", "math.tanh", "math.sin",
        "math.cos", "math.log", "math.log2"}) {
    Function vector(operation), scalar(operation, "f32");
    for (float x = -9; x < 9; x += 0.00371f) {
      float one, expected = vector(x);
      scalar(&x, &one);
      ASSERT_EQ(std::memcmp(&one, &expected, sizeof(one)), 0)
          << operation << ' ' << x;
    }
  }
}

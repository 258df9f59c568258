//===- Interpreter.h - Programs, run as they are written -*- C++ -*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a program means, in f64, to compare the compiler's code with. One
// function for each operation, its equation above it; nothing here is made to
// be fast and nothing is shared with the lowerings. docs/Interpreter.md.
//
//===----------------------------------------------------------------------===//

#ifndef TREADLE_REFERENCE_INTERPRETER_H
#define TREADLE_REFERENCE_INTERPRETER_H

#include "treadle/Importer/ParameterSource.h"
#include "treadle/Reference/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

#include <functional>
#include <memory>

namespace treadle {

struct InterpreterOptions {
  /// Where `treadle.parameter` finds its content; may be null.
  const ParameterSource *parameters = nullptr;
  /// A program that does more than this is refused: operations, elements and
  /// multiply-adds, about.
  int64_t maxWork = int64_t(1) << 38;
  /// Elements that may be alive at a time; each takes eight bytes.
  int64_t maxElements = int64_t(1) << 30;
};

class Frame;

/// Runs programs. Knows the operations of the treadle dialect, of func, arith,
/// math, tensor, linalg (all of them, by their regions), scf and affine.apply;
/// `add` teaches it others.
class Interpreter {
public:
  explicit Interpreter(InterpreterOptions options = {});

  /// Says what an operation does: `function` is called with an OpTy and a
  /// Frame, gives each result a value with Frame::set, and returns failure
  /// after a diagnostic. Replaces what was said before.
  template <typename OpTy, typename FunctionTy> void add(FunctionTy function) {
    functions[mlir::TypeID::get<OpTy>()] =
        [function](mlir::Operation *op, Frame &frame) -> llvm::LogicalResult {
      return function(llvm::cast<OpTy>(op), frame);
    };
  }

  /// The same for operations without a function of their own that have an
  /// interface.
  template <typename InterfaceTy, typename FunctionTy>
  void addInterface(FunctionTy function) {
    fallbacks.push_back(
        [function](mlir::Operation *op,
                   Frame &frame) -> std::optional<llvm::LogicalResult> {
          if (auto interface = llvm::dyn_cast<InterfaceTy>(op))
            return function(interface, frame);
          return std::nullopt;
        });
  }

  /// The results of a function. Inputs are as its arguments say. Whatever the
  /// program does wrong (an index out of range, sizes that do not agree, an
  /// operation that nobody added, limits) is a diagnostic on the operation.
  llvm::FailureOr<llvm::SmallVector<Tensor>> run(mlir::func::FuncOp function,
                                                 llvm::ArrayRef<Tensor> inputs);

  const InterpreterOptions &getOptions() const { return options; }

private:
  friend class Frame;
  using Function =
      std::function<llvm::LogicalResult(mlir::Operation *, Frame &)>;
  using Fallback = std::function<std::optional<llvm::LogicalResult>(
      mlir::Operation *, Frame &)>;

  llvm::LogicalResult execute(mlir::Operation *op, Frame &frame);

  InterpreterOptions options;
  llvm::DenseMap<mlir::TypeID, Function> functions;
  llvm::SmallVector<Fallback> fallbacks;
  int64_t work = 0;
  /// Elements alive now; tensors keep the counter alive.
  std::shared_ptr<int64_t> alive = std::make_shared<int64_t>(0);
};

/// The values of one run of a region, inside of that of the region around it.
class Frame {
public:
  /// A frame of a region that sees what `parent` sees, or of a function.
  explicit Frame(Frame &parent)
      : interpreter(parent.interpreter), parent(&parent),
        depth(parent.depth + 1) {}
  explicit Frame(Interpreter &interpreter, int64_t depth = 0)
      : interpreter(interpreter), parent(nullptr), depth(depth) {}

  Interpreter &getInterpreter() { return interpreter; }
  int64_t getDepth() const { return depth; }

  /// What a value is, here or around here.
  Tensor get(mlir::Value value) const;
  llvm::SmallVector<Tensor> get(mlir::ValueRange values) const;
  /// An index, size or offset that may be an attribute.
  int64_t getInteger(mlir::OpFoldResult value) const;
  llvm::SmallVector<int64_t>
  getIntegers(llvm::ArrayRef<mlir::OpFoldResult> values) const;

  /// Gives a value. Fails when it is not of the value's type: another kind of
  /// element, another rank, another extent.
  llvm::LogicalResult set(mlir::Value value, Tensor tensor);

  /// Zeros of a shape, within the limits; `op` is who asks.
  llvm::FailureOr<Tensor> makeFloats(mlir::Operation *op, Index shape);
  llvm::FailureOr<Tensor> makeIntegers(mlir::Operation *op, Index shape);
  /// The same of the element type of `type`.
  llvm::FailureOr<Tensor> make(mlir::Operation *op, Index shape,
                               mlir::Type type);

  /// Defines a result by its elements: result[index] = element(index).
  llvm::LogicalResult define(mlir::OpResult result, Index shape,
                             llvm::function_ref<double(Index)> element);

  /// Defines a result by its vectors along the last dimension, each of which
  /// is a function of the vector of `input` at the same place.
  llvm::LogicalResult
  defineVectors(mlir::OpResult result, mlir::Value input, int64_t width,
                llvm::function_ref<void(llvm::ArrayRef<double>,
                                        llvm::MutableArrayRef<double>)>
                    vector);

  /// Counts work; fails at the limit.
  llvm::LogicalResult spend(mlir::Operation *op, int64_t work);

  /// Runs a region of one block and returns the operands of its terminator.
  llvm::FailureOr<llvm::SmallVector<Tensor>>
  run(mlir::Region &region, llvm::ArrayRef<Tensor> arguments);
  /// Runs the operations of a block up to its terminator in this very frame.
  llvm::LogicalResult run(mlir::Block &block);

  /// Where the body of a linalg operation is in the iteration space.
  llvm::SmallVector<int64_t> iteration;

private:
  template <typename T>
  llvm::FailureOr<Tensor> allocate(mlir::Operation *op, Index shape);

  Interpreter &interpreter;
  const Frame *parent;
  int64_t depth;
  llvm::DenseMap<mlir::Value, Tensor> values;
};

/// The results of a function, as an Interpreter of these options gives them.
llvm::FailureOr<llvm::SmallVector<Tensor>>
interpret(mlir::func::FuncOp function, llvm::ArrayRef<Tensor> inputs,
          InterpreterOptions options = {});

/// Fails with a diagnostic on `op` unless both extents are one number; `what`
/// and `other` are what has them.
llvm::LogicalResult checkEqual(mlir::Operation *op, int64_t extent,
                               const llvm::Twine &what, int64_t otherExtent,
                               const llvm::Twine &other);

} // namespace treadle

#endif // TREADLE_REFERENCE_INTERPRETER_H

//===- Parameters.cpp - What weights.safetensors holds --------------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parameters.h"

#include "Diagnostics.h"
#include "Signature.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MathExtras.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

using namespace treadle;

static constexpr size_t kAlignment = 64;

std::vector<std::string> treadle::getMemberNames(const ParameterUse &use) {
  if (use.members == 0)
    return {use.name};
  std::vector<std::string> names;
  for (int64_t member = 0; member < use.members; ++member)
    names.push_back(ParameterOp::getMemberName(use.name, member));
  return names;
}

ParameterPlan treadle::planParameters(mlir::ModuleOp module) {
  ParameterPlan plan;
  plan.used = collectParameters(module, /*prepared=*/false);
  plan.published = collectParameters(module, /*prepared=*/true);
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    auto prepared = function->getAttrOfType<PreparedAttr>(kPreparedAttrName);
    if (!prepared)
      continue;
    ParameterPlan::Function &entry = plan.functions[prepared.getName()];
    entry.symbol = function.getName().str();
    function.walk([&](ParameterOp parameter) {
      entry.reads.push_back(parameter.getName().str());
    });
  }
  return plan;
}

//===----------------------------------------------------------------------===//
// Checking
//===----------------------------------------------------------------------===//

static void checkTensor(const std::string &name, mlir::RankedTensorType type,
                        const ParameterSource &source, Findings &findings) {
  std::optional<ParameterData> data = source.find(name);
  if (!data) {
    findings.add(Error(ErrorId::MissingTensor, source.getName().str() +
                                                   ": there is no tensor " +
                                                   quoteForMessage(name)));
    return;
  }
  std::string what = data->file.str() + ": tensor " + quoteForMessage(name);
  if (llvm::ArrayRef<int64_t>(data->shape) != type.getShape()) {
    std::vector<int64_t> expected = type.getShape().vec();
    findings.add(Error(ErrorId::WrongTensorShape,
                       what + " is " + formatShape(data->shape) +
                           ", expected " + formatShape(expected)));
    return;
  }
  std::optional<ElementType> expected = getElementType(type.getElementType());
  if (!expected || *expected != data->type)
    findings.add(Error(ErrorId::WrongTensorType,
                       what + " is " + getKeyword(data->type) + ", expected " +
                           (expected ? getKeyword(*expected)
                                     : "a type that files do not have")));
}

void treadle::checkPlan(const ParameterPlan &plan,
                        const ParameterSource &source, Findings &findings) {
  for (const ParameterUse &use : plan.published)
    for (const std::string &name : getMemberNames(use))
      checkTensor(name, use.type, source, findings);
  for (const ParameterUse &use : plan.used)
    if (!plan.functions.contains(use.name))
      for (const std::string &name : getMemberNames(use))
        checkTensor(name, use.type, source, findings);
}

//===----------------------------------------------------------------------===//
// Preparing
//===----------------------------------------------------------------------===//

/// Null when there is not as much.
static AlignedMemory allocate(size_t bytes) {
  return AlignedMemory(static_cast<uint8_t *>(
      std::aligned_alloc(kAlignment, llvm::alignTo(bytes + 1, kAlignment))));
}

namespace {
/// What a preparing function may ask for: it is a team of one.
struct Host : treadle_host {
  explicit Host(const void *const *table) {
    run = [](treadle_host *host, treadle_team_body body, void *arguments) {
      body(arguments, 0, 1);
    };
    meet = [](treadle_host *) {};
    reserve = [](treadle_host *host, int64_t bytes) -> void * {
      auto &reserved = static_cast<Host *>(host)->reserved;
      reserved.push_back(allocate(bytes));
      return reserved.back().get();
    };
    threads = 1;
    parameters = table;
  }

  std::vector<AlignedMemory> reserved;
};

/// One call of a preparing function.
struct Task {
  treadle_entry_point entry;
  const ParameterPlan::Function *function;
  int64_t member;
  treadle_operand output;
};

/// Calls preparing functions.
class Preparation {
public:
  Preparation(const ParameterPlan &plan, const ParameterSource &source) {
    for (const ParameterUse &use : plan.published) {
      firstIndex[use.name] = published.size();
      for (const std::string &name : getMemberNames(use))
        published.push_back(source.find(name)->bytes);
      lastIndex[use.name] = published.size();
    }
  }

  /// Runs all tasks; returns the first status that is not TREADLE_CODE_OK.
  int32_t run(const std::vector<Task> &tasks, unsigned threads) const {
    std::atomic<size_t> next{0};
    std::atomic<int32_t> status{TREADLE_CODE_OK};
    auto work = [&] {
      for (size_t i; (i = next++) < tasks.size() && status == TREADLE_CODE_OK;)
        if (int32_t result = call(tasks[i]); result != TREADLE_CODE_OK)
          status = result;
    };
    std::vector<std::thread> team;
    for (size_t i = 1; i < std::min<size_t>(threads, tasks.size()); ++i)
      team.emplace_back(work);
    work();
    for (std::thread &member : team)
      member.join();
    return status;
  }

private:
  int32_t call(const Task &task) const {
    // Generated code wants its parameters aligned, and a checkpoint's tensors
    // lie anywhere: those that this function reads are copied where they must
    // be, and only for as long as it runs.
    std::vector<const void *> table;
    for (ByteSpan bytes : published)
      table.push_back(bytes.data);
    std::vector<AlignedMemory> copies;
    for (const std::string &name : task.function->reads)
      for (size_t i = firstIndex.lookup(name); i < lastIndex.lookup(name);
           ++i) {
        if (reinterpret_cast<uintptr_t>(table[i]) % kAlignment == 0)
          continue;
        copies.push_back(allocate(published[i].size));
        if (!copies.back())
          return TREADLE_CODE_OUT_OF_MEMORY;
        std::memcpy(copies.back().get(), published[i].data, published[i].size);
        table[i] = copies.back().get();
      }

    Host host(table.data());
    int64_t member = task.member;
    treadle_operand input = {&member, {}};
    return task.entry(&host, &input, &task.output);
  }

  /// In the order of treadle_host::parameters, and where in it the members of
  /// a parameter begin and end.
  std::vector<ByteSpan> published;
  llvm::StringMap<size_t> firstIndex, lastIndex;
};
} // namespace

std::optional<PreparedParameters> treadle::prepareParameters(
    const ParameterPlan &plan, const PreparationCode &code,
    const ParameterSource &source, unsigned threads, Findings &findings) {
  PreparedParameters parameters;
  std::vector<Task> tasks;
  for (const ParameterUse &use : plan.used) {
    std::optional<ElementType> type = getElementType(use.type.getElementType());
    std::vector<int64_t> shape = use.type.getShape().vec();
    std::optional<int64_t> bytes =
        type ? getByteSize(*type, shape) : std::nullopt;
    if (!bytes || shape.size() > TREADLE_MAX_RANK) {
      findings.add(Error(ErrorId::PreparationFailed,
                         "parameter " + quoteForMessage(use.name) +
                             " has a type that no file can hold"));
      return std::nullopt;
    }
    auto function = plan.functions.find(use.name);
    std::vector<std::string> names = getMemberNames(use);
    for (size_t member = 0; member < names.size(); ++member) {
      NamedTensor tensor{names[member], *type, shape, {}};
      if (function == plan.functions.end()) {
        tensor.bytes = source.find(names[member])->bytes;
        parameters.tensors.push_back(std::move(tensor));
        continue;
      }
      llvm::Expected<treadle_entry_point> entry =
          code.lookup(function->second.symbol);
      if (!entry) {
        findings.add(makeError(ErrorId::PreparationFailed,
                               function->second.symbol, entry.takeError()));
        return std::nullopt;
      }
      AlignedMemory memory = allocate(*bytes);
      if (!memory) {
        findings.add(Error(ErrorId::OutOfMemory,
                           "there is not enough memory for parameter " +
                               quoteForMessage(names[member])));
        return std::nullopt;
      }
      Task task{*entry, &function->second, static_cast<int64_t>(member), {}};
      task.output.data = memory.get();
      llvm::copy(shape, task.output.shape);
      tasks.push_back(task);
      tensor.bytes = {memory.get(), static_cast<size_t>(*bytes)};
      parameters.memory.push_back(std::move(memory));
      parameters.tensors.push_back(std::move(tensor));
    }
  }

  int32_t status = Preparation(plan, source).run(tasks, threads);
  if (status == TREADLE_CODE_OK)
    return parameters;
  if (status == TREADLE_CODE_OUT_OF_MEMORY)
    findings.add(Error(ErrorId::OutOfMemory,
                       "there is not enough memory to prepare parameters"));
  else
    findings.add(Error(ErrorId::PreparationFailed,
                       "preparing parameters returned status " +
                           std::to_string(status)));
  return std::nullopt;
}

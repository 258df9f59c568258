//===- ObjectEmission.cpp - From the LLVM dialect to machine code -*- C++
//-*-===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "treadle/Target/Target.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace treadle;
using llvm::Expected;
using llvm::SmallVector;
using llvm::StringRef;

/// What can be reached from the entry points that prepare parameters, or from
/// the others.
static llvm::SetVector<mlir::Operation *>
collectReachable(mlir::ModuleOp module, bool prepared) {
  llvm::SetVector<mlir::Operation *> reachable;
  for (auto function : module.getOps<mlir::FunctionOpInterface>())
    if (function.getName().starts_with(kEntryPointPrefix) &&
        function->hasAttr(kPreparedAttrName) == prepared)
      reachable.insert(function);
  mlir::SymbolTable symbols(module);
  for (size_t i = 0; i < reachable.size(); ++i)
    if (auto uses = mlir::SymbolTable::getSymbolUses(reachable[i]))
      for (mlir::SymbolTable::SymbolUse use : *uses)
        if (mlir::Operation *used =
                symbols.lookup(use.getSymbolRef().getRootReference()))
          reachable.insert(used);
  return reachable;
}

/// The part of the module that `prepared` selects.
static mlir::OwningOpRef<mlir::ModuleOp> extractPart(mlir::ModuleOp module,
                                                     bool prepared) {
  mlir::OwningOpRef<mlir::ModuleOp> part =
      mlir::ModuleOp::create(module.getLoc());
  llvm::SetVector<mlir::Operation *> reachable =
      collectReachable(module, prepared);
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(part->getBody());
  // In the order of the module, so that the bytes do not depend on who calls
  // whom.
  for (mlir::Operation &op : *module.getBody())
    if (reachable.contains(&op))
      builder.clone(op);
  return part;
}

/// Exports entry points, and the version of their interface with those of an
/// artifact; hides the rest. The functions are compiled for `target`.
static void finishModule(llvm::Module &module, bool prepared, TargetAttr target,
                         uint32_t abi) {
  for (llvm::GlobalValue &value : module.global_values())
    if (!value.isDeclaration() &&
        !value.getName().starts_with(kEntryPointPrefix))
      value.setLinkage(llvm::GlobalValue::InternalLinkage);
  for (llvm::Function &function : module) {
    function.addFnAttr("target-cpu", target.getCpu());
    function.addFnAttr("target-features", target.getFeatures());
    // A loop that copies stays one: for rows of a few kilobytes a call is
    // dearer.
    function.addFnAttr("no-builtins");
    // Without it LLVM halves 512-bit vectors on CPUs whose clock once suffered
    // from them.
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.getVectorBits()));
    if (function.isDeclaration())
      continue;
    function.setDoesNotThrow();
    // Profilers and debuggers walk through the code of a model.
    function.setUWTableKind(llvm::UWTableKind::Async);
  }
  if (prepared)
    return;
  llvm::Type *type = llvm::Type::getInt32Ty(module.getContext());
  new llvm::GlobalVariable(
      module, type, /*isConstant=*/true, llvm::GlobalValue::ExternalLinkage,
      llvm::ConstantInt::get(type, abi), "treadle_code_abi");
}

uint32_t treadle::getCodeAbi(mlir::ModuleOp module) {
  for (auto function : module.getOps<mlir::FunctionOpInterface>())
    if (function->hasAttr(kCountersAttrName))
      return TREADLE_CODE_ABI_COUNTERS;
  return TREADLE_CODE_ABI;
}

static Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(TargetAttr target, unsigned optimize) {
  static const bool initialized = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser(); // Inline assembly.
    return true;
  }();
  (void)initialized;
  // LLVM itself prints a warning and goes on with another CPU.
  if (llvm::X86::parseArchX86(target.getCpu(), /*Only64Bit=*/true) ==
      llvm::X86::CK_None)
    return llvm::createStringError("unknown CPU '" + target.getCpu() + "'");

  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const llvm::Target *machine =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!machine)
    return llvm::createStringError(error);
  llvm::TargetOptions options;
  // A product and a sum are one operation only where the IR says so: a tile and
  // its tail must round alike. (`vector.fma` arrives as llvm.fmuladd, which
  // Strict would split.)
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  auto level = llvm::CodeGenOpt::getLevel(optimize);
  if (!level)
    return llvm::createStringError("no optimization level " +
                                   std::to_string(optimize));
  return std::unique_ptr<llvm::TargetMachine>(machine->createTargetMachine(
      triple, target.getCpu(), target.getFeatures(), options, llvm::Reloc::PIC_,
      /*CM=*/std::nullopt, *level));
}

static void runOptimizations(llvm::Module &module, llvm::TargetMachine &machine,
                             unsigned optimize) {
  static const llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  llvm::PipelineTuningOptions tuning;
  // Loops arrive vectorised and tiled to the registers: a second vectorisation
  // pulls tiles apart, and unrolling makes them spill.
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.LoopUnrolling = false;

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(levels[optimize]).run(module, modules);
}

static Expected<SmallVector<char, 0>> emit(mlir::ModuleOp module, bool prepared,
                                           TargetAttr target, unsigned optimize,
                                           llvm::CodeGenFileType fileType) {
  auto machine = createTargetMachine(target, optimize);
  if (!machine)
    return machine.takeError();

  mlir::registerBuiltinDialectTranslation(*module.getContext());
  mlir::registerLLVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  // The name goes into the object's symbol table: one that says nothing of this
  // machine.
  std::unique_ptr<llvm::Module> llvmModule = mlir::translateModuleToLLVMIR(
      *extractPart(module, prepared), context, "model");
  if (!llvmModule)
    return llvm::createStringError(
        "the module cannot be translated to LLVM IR");
  llvmModule->setTargetTriple((*machine)->getTargetTriple());
  llvmModule->setDataLayout((*machine)->createDataLayout());
  llvmModule->setPICLevel(llvm::PICLevel::BigPIC);
  finishModule(*llvmModule, prepared, target, getCodeAbi(module));
  runOptimizations(*llvmModule, **machine, optimize);

  SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, stream, /*DwoOut=*/nullptr,
                                      fileType))
    return llvm::createStringError("LLVM cannot emit code for this target");
  passes.run(*llvmModule);
  return bytes;
}

Expected<SmallVector<char, 0>> treadle::emitObject(mlir::ModuleOp module,
                                                   bool prepared,
                                                   TargetAttr target,
                                                   unsigned optimize) {
  return emit(module, prepared, target, optimize,
              llvm::CodeGenFileType::ObjectFile);
}

Expected<SmallVector<char, 0>> treadle::emitAssembly(mlir::ModuleOp module,
                                                     bool prepared,
                                                     TargetAttr target,
                                                     unsigned optimize) {
  return emit(module, prepared, target, optimize,
              llvm::CodeGenFileType::AssemblyFile);
}

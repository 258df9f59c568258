//===- dialect.c - Uses the dialect and its passes from C -----------------===//
//
// Part of the Treadle Project, under the Apache License v2.0 with LLVM
// Exceptions. See https://llvm.org/LICENSE.txt for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <treadle-c/Compiler.h>
#include <treadle-c/Dialect.h>
#include <treadle-c/Passes.h>

#include <mlir-c/BuiltinAttributes.h>
#include <mlir-c/Diagnostics.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char program[] =
    "func.func @f(\n"
    "    %q: tensor<?x?x32xf32>\n"
    "      {treadle.named = #treadle.named<\"x\", dims = [\"b\", \"s\", "
    "\"\"]>},\n"
    "    %w: tensor<32x32xf32>\n"
    "      {treadle.named = #treadle.named<\"w\", dims = [\"\", \"\"]>})\n"
    "    -> (tensor<?x?x32xf32>\n"
    "      {treadle.named = #treadle.named<\"y\", dims = [\"b\", \"s\", "
    "\"\"]>}) {\n"
    "  %a = treadle.multi_head_attention %q, %q, %q heads(2)\n"
    "      projections(%w, %w, %w, %w) mask(#treadle.mask<causal>)\n"
    "      : (tensor<?x?x32xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>,\n"
    "         tensor<32x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>,\n"
    "         tensor<32x32xf32>) -> tensor<?x?x32xf32>\n"
    "  return %a : tensor<?x?x32xf32>\n"
    "}\n";

static MlirStringRef string(const char *text) {
  return mlirStringRefCreateFromCString(text);
}

static void print(const char *what, MlirStringRef text) {
  printf("%s: %.*s\n", what, (int)text.length, text.data);
}

static void require(bool holds, const char *what) {
  if (holds)
    return;
  printf("failed: %s\n", what);
  exit(1);
}
#define REQUIRE(condition) require(condition, #condition)

static void printPart(MlirStringRef part, void *unused) {
  printf("%.*s", (int)part.length, part.data);
}

static MlirLogicalResult printDiagnostic(MlirDiagnostic diagnostic,
                                         void *unused) {
  printf("diagnostic: ");
  mlirDiagnosticPrint(diagnostic, printPart, NULL);
  printf("\n");
  return mlirLogicalResultSuccess();
}

static MlirWalkResult printOperation(MlirOperation operation, void *unused) {
  MlirStringRef name = mlirIdentifierStr(mlirOperationGetName(operation));
  if (name.length > 8 && !strncmp(name.data, "treadle.", 8))
    print("operation", name);
  MlirAttribute mask =
      mlirOperationGetInherentAttributeByName(operation, string("mask"));
  if (!mlirAttributeIsNull(mask) && treadleAttributeIsAMask(mask))
    printf("causal: %d, within lengths: %d\n", treadleMaskAttrIsCausal(mask),
           treadleMaskAttrHasKeysWithinLengths(mask));
  return MlirWalkResultAdvance;
}

static void testAttributes(MlirContext context) {
  MlirAttribute gelu = treadleActivationAttrGet(context, string("gelu"));
  REQUIRE(treadleAttributeIsAActivation(gelu));
  REQUIRE(!treadleAttributeIsAStage(gelu));
  print("activation", treadleActivationAttrGetWord(gelu));
  REQUIRE(mlirAttributeIsNull(treadleActivationAttrGet(context, string("?"))));
  MlirAttribute mask =
      treadleMaskAttrGet(context, true, false, 256, true, string("offsets"));
  REQUIRE(mlirAttributeEqual(
      mask,
      mlirAttributeParseGet(context, string("#treadle.mask<causal, window = "
                                            "256, prefix, align = offsets>"))));
  REQUIRE(treadleMaskAttrIsCausal(mask) && treadleMaskAttrHasPrefix(mask));
  REQUIRE(!treadleMaskAttrHasKeysWithinLengths(mask));
  printf("window: %d\n", (int)treadleMaskAttrGetWindow(mask));
  print("align", treadleMaskAttrGetAlign(mask));
  REQUIRE(mlirAttributeIsNull(
      treadleMaskAttrGet(context, true, false, 0, false, string("left"))));
  REQUIRE(mlirAttributeIsNull(
      treadleMaskAttrGet(context, true, false, -1, false, string("offsets"))));

  MlirAttribute target = treadleTargetAttrGet(context, string("x86-64-v4"));
  print("cpu", treadleTargetAttrGetCpu(target));
  printf("bits: %d\n", (int)treadleTargetAttrGetVectorBits(target));
  REQUIRE(!treadleTargetAttrHasTiles(target));
  REQUIRE(treadleTargetAttrHasTiles(
      treadleTargetAttrGet(context, string("sapphirerapids"))));
  REQUIRE(mlirAttributeIsNull(treadleTargetAttrGet(context, string("z80"))));

  MlirAttribute product = treadleProductAttrGet(context, 96, 64, 12, 32, 0);
  REQUIRE(treadleProductAttrGetThreads(product) == 1);
  REQUIRE(treadleProductAttrGetThreads(treadleProductAttrShare(product, 4)) ==
          4);
  REQUIRE(mlirAttributeIsNull(treadleProductAttrShare(product, 0)));
  printf("tile: %d x %d\n", (int)treadleProductAttrGetTileRows(product),
         (int)treadleProductAttrGetTileColumns(product));
  REQUIRE(
      mlirAttributeIsNull(treadleProductAttrGet(context, 96, 64, 0, 32, 0)));
  REQUIRE(!treadleProductAttrIsOnTiles(product));
  MlirAttribute tiles =
      treadleProductAttrGetOnTiles(context, 96, 32, 32, 32, 0, 384);
  REQUIRE(mlirAttributeEqual(
      tiles, mlirAttributeParseGet(
                 context, string("#treadle.product<block = [96, 32], tile = "
                                 "[32, 32], unit = amx_bf16, depth = 384>"))));
  REQUIRE(treadleProductAttrIsOnTiles(tiles));
  REQUIRE(treadleProductAttrGetDepth(tiles) == 384);
  REQUIRE(mlirAttributeIsNull(
      treadleProductAttrGetOnTiles(context, 96, 32, 12, 32, 0, 0)));
}

static void testPasses(MlirContext context) {
  MlirModule module = mlirModuleCreateParse(context, string(program));
  REQUIRE(!mlirModuleIsNull(module));
  MlirOperation operation = mlirModuleGetOperation(module);
  mlirOperationWalk(operation, printOperation, NULL, MlirWalkPreOrder);

  // One pass, by the function that makes it.
  MlirPassManager expand = mlirPassManagerCreate(context);
  mlirPassManagerAddOwnedPass(expand, mlirCreateTreadleExpandPass());
  REQUIRE(
      mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(expand, operation)));
  mlirPassManagerDestroy(expand);
  printf("expanded\n");
  mlirOperationWalk(operation, printOperation, NULL, MlirWalkPreOrder);

  // A pipeline by its stages, and passes by a text.
  MlirPassManager pipeline = mlirPassManagerCreate(context);
  MlirOpPassManager passes = mlirPassManagerGetAsOpPassManager(pipeline);
  REQUIRE(mlirLogicalResultIsFailure(treadleAddPipeline(
      passes, string("model"), string("finished"), string(""))));
  REQUIRE(mlirLogicalResultIsFailure(treadleAddPipeline(
      passes, string("tiled"), string("model"), string(""))));
  REQUIRE(mlirLogicalResultIsSuccess(treadleAddPipeline(
      passes, string("model"), string("structured"), string("x86-64-v3"))));
  REQUIRE(mlirLogicalResultIsSuccess(mlirOpPassManagerAddPipeline(
      passes, string("treadle-structured-to-tiled"), printPart, NULL)));
  REQUIRE(
      mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(pipeline, operation)));
  mlirPassManagerDestroy(pipeline);
  print("stage", treadleModuleGetStage(module));
  mlirModuleDestroy(module);
}

/// The interpreter prints what a program computes.
static void testInterpreter(MlirContext context) {
  MlirModule module = mlirModuleCreateParse(
      context,
      string("func.func @half() -> tensor<2xf32> {\n"
             "  %x = arith.constant dense<[-1.0, 3.0]> : tensor<2xf32>\n"
             "  %y = treadle.activate relu %x : tensor<2xf32>\n"
             "  return %y : tensor<2xf32>\n"
             "}\n"));
  MlirPassManager manager = mlirPassManagerCreate(context);
  mlirPassManagerAddOwnedPass(manager,
                              mlirCreateTreadleReferenceInterpretPass());
  REQUIRE(mlirLogicalResultIsSuccess(
      mlirPassManagerRunOnOp(manager, mlirModuleGetOperation(module))));
  mlirPassManagerDestroy(manager);
  mlirModuleDestroy(module);
}

static void testInvalid(MlirContext context) {
  char text[sizeof(program)];
  strcpy(text, program);
  *strchr(strstr(text, "heads("), '2') = '3';
  REQUIRE(mlirModuleIsNull(mlirModuleCreateParse(context, string(text))));
}

static void testCompile(const char *folder) {
  char path[4096], output[4096];
  snprintf(path, sizeof(path), "%s/program.mlir", folder);
  snprintf(output, sizeof(output), "%s/program.treadle", folder);
  FILE *file = fopen(path, "w");
  REQUIRE(file && fputs(program, file) >= 0 && !fclose(file));

  char *text = NULL;
  REQUIRE(!treadle_compile_to_text(path, "structured", NULL, &text));
  REQUIRE(strstr(text, "#treadle.stage<structured>"));
  REQUIRE(!strstr(text, "treadle.precision"));
  treadle_text_free(text);
  treadle_compile_options bf16 = {.size = sizeof(bf16), .precision = "bf16"};
  REQUIRE(!treadle_compile_to_text(path, "structured", &bf16, &text));
  REQUIRE(strstr(text, "#treadle.precision<bf16>"));
  treadle_text_free(text);
  bf16.precision = "int4";
  treadle_compile_error *refused = treadle_compile(path, output, &bf16);
  REQUIRE(refused);
  printf("%s", treadle_compile_error_render(refused));
  treadle_compile_error_free(refused);

  treadle_compile_options options = {.size = sizeof(options), .cpu = "z80"};
  treadle_compile_error *error = treadle_compile(path, output, &options);
  REQUIRE(error && treadle_compile_error_count(error) == 1);
  printf("%s %d %s\n", treadle_compile_error_code(error, 0),
         treadle_compile_error_exit_code(error),
         treadle_compile_error_message(error, 0));
  REQUIRE(!treadle_compile_error_code(error, 1));
  REQUIRE(!treadle_compile_error_message(error, 1));
  treadle_compile_error_free(error);
  treadle_compile_error_free(NULL);

  error = treadle_compile_to_text(path, "finished", NULL, &text);
  REQUIRE(error && !text);
  printf("%s", treadle_compile_error_render(error));
  treadle_compile_error_free(error);

  // A caller that was compiled before there was `optimize`, whose memory behind
  // the members that it knows is its own.
  options.cpu = "x86-64-v3";
  options.optimize = 77;
  error = treadle_compile(path, output, &options);
  REQUIRE(error);
  printf("%s", treadle_compile_error_render(error));
  treadle_compile_error_free(error);
  options.size = offsetof(treadle_compile_options, optimize);
  error = treadle_compile(path, output, &options);
  if (error)
    printf("%s", treadle_compile_error_render(error));
  REQUIRE(!error);
}

int main(int argc, char **argv) {
  treadleRegisterPasses();
  treadleRegisterPasses(); // Does no harm.
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  treadleRegisterDialects(registry);
  MlirContext context = mlirContextCreateWithRegistry(registry, false);
  mlirDialectRegistryDestroy(registry);
  MlirDialectHandle handle = mlirGetDialectHandle__treadle__();
  print("dialect", mlirDialectHandleGetNamespace(handle));
  mlirDialectHandleLoadDialect(handle, context);
  mlirContextAttachDiagnosticHandler(context, printDiagnostic, NULL, NULL);

  testAttributes(context);
  testPasses(context);
  testInvalid(context);
  testInterpreter(context);
  mlirContextDestroy(context);
  testCompile(argv[1]);
  printf("version %s\n", treadle_compiler_version());
}

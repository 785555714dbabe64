import { Command, CommanderError } from "commander";
import { toCoreError } from "../protocol/errors.ts";
import { VERSION } from "../version.ts";
import { addBatchCommand } from "./batch-command.ts";
import { addComfyuiCommand } from "./comfyui-command.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { EXIT_CODES, exitCodeOf } from "./exit-codes.ts";
import { addGenerateCommand } from "./generate-command.ts";
import { addJobsCommand } from "./jobs-command.ts";
import { addLogCommand } from "./log-command.ts";
import { addModelsCommand } from "./models-command.ts";
import { addPageCommand } from "./page-command.ts";
import { addServeCommand } from "./serve-command.ts";
import { addSignCommand } from "./sign-command.ts";
import { addTextureCommand } from "./texture-command.ts";
import { addTrustCommand } from "./trust-command.ts";
import { addVerifyCommand } from "./verify-command.ts";

// One line a command. A command's options stand in <name>-command.ts; what it does is imported when it runs, so that
// `genga --help` loads no library but commander.
const COMMANDS = [
  addServeCommand,
  addPageCommand,
  addGenerateCommand,
  addTextureCommand,
  addBatchCommand,
  addJobsCommand,
  addModelsCommand,
  addComfyuiCommand,
  addVerifyCommand,
  addSignCommand,
  addTrustCommand,
  addLogCommand,
  addDoctorCommand,
];

const program = new Command("genga")
  .description("Local generation for 3D artists: ControlNet images, motion and meshes, every file signed.")
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError("(`genga help` lists the commands)")
  .addHelpText(
    "after",
    `\nExit codes: ${Object.entries(EXIT_CODES)
      .map(([name, code]) => `${code} ${name}`)
      .join(", ")}\nState is kept in GENGA_HOME; each setting of config.json is also a GENGA_* variable.`,
  );
for (const add of COMMANDS) add(program);

try {
  await program.parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? EXIT_CODES.OK : EXIT_CODES.USAGE;
  else {
    const { Output } = await import("./output.ts");
    new Output(process.argv.includes("--json")).fail(thrown);
    process.exitCode = exitCodeOf(toCoreError(thrown).code);
  }
}

import type { Bundle } from "../models/bundle.ts";
import type { LibraryModel } from "../protocol/mesh.ts";
import type { CredentialState, DeclaredModel, GenerationRecord, LogEntry, ModelFacts } from "../protocol/record.ts";
import type { IngredientFacts, SigningRecord } from "../protocol/signing.ts";
import type { Verification } from "../protocol/verification.ts";
import type { RawImage } from "../tensor/image.ts";

/** An input file beside an output, for the manifest's ingredients. */
export interface IngredientInput {
  role: string;
  sha256: string;
  mime: string;
  name?: string;
  bytes: Uint8Array;
}

/** What is to be sealed: encoded bytes without metadata, and the facts of the job. */
export interface SealRequest {
  bytes: Uint8Array;
  mime: string;
  /** Name shown as the manifest's title. */
  title: string;
  record: GenerationRecord;
  inputs: IngredientInput[];
  /** Pixels of a picture, for the perceptual hash in the log. */
  pixels?: RawImage;
  /** Keeps prompts out of this file even where the setting does not. */
  prompt_privacy?: boolean;
}

/** Sealed bytes, ready for the store. */
export interface Sealed {
  bytes: Uint8Array;
  /** Signed manifest, for formats that cannot embed one. */
  sidecar?: Uint8Array;
  /** The record as it was signed: with prompt privacy on, without prompts. */
  record: GenerationRecord;
  log: LogEntry;
}

/** A file that was made elsewhere, and what is to be signed with it. */
export interface SignFileRequest {
  bytes: Uint8Array;
  record: SigningRecord;
  /** Bytes of the record's ingredients, in their order; absent where the file carries no credential to take along. */
  ingredients: (IngredientFacts & { bytes?: Uint8Array })[];
}

/** A signed file, ready for the store. */
export interface SignedBytes extends Omit<Sealed, "record"> {
  /** The record as it was signed. */
  record: SigningRecord;
}

/** The producer's side of the core: what may run, what is written into files, what is found in them. */
export interface Provenance {
  readonly policy: "open" | "declared" | "strict";
  /** Whether prompts are kept out of everything that is written. */
  readonly prompt_privacy: boolean;
  /** Gives the facts of a bundle that the policy allows. @throws CoreError POLICY_REFUSED naming the missing facts */
  admit(bundle: Bundle): ModelFacts;
  /** Gives the state of an input's own credential. */
  inspect(bytes: Uint8Array, mime: string): Promise<CredentialState>;
  /** Writes metadata, signs, appends to the log. Fails closed. @throws CoreError SIGNING_FAILED, STORAGE_FULL */
  seal(request: SealRequest): Promise<Sealed>;
  /** Asks the policy about models that a client declares. @throws CoreError POLICY_REFUSED naming the missing facts */
  admitDeclared(models: readonly DeclaredModel[]): void;
  /** Asks the policy about a model of a bundle's library that a mesh is made from. @throws CoreError POLICY_REFUSED naming the missing facts */
  admitLibraryModel(model: LibraryModel): void;
  /** Signs a file that was made elsewhere and appends it to the log. @throws CoreError SIGNING_FAILED, STORAGE_FULL */
  signFile(request: SignFileRequest): Promise<SignedBytes>;
  /** Verifies any file, ours or not. */
  verify(bytes: Uint8Array, mime: string, sidecar?: Uint8Array): Promise<Verification>;
  /** Ends open files. */
  close(): Promise<void>;
}

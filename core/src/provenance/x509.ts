// The one place that loads @peculiar/x509, since it needs reflect-metadata to be there first; in a bundle split into chunks, only
// the imports of one module keep their order.
import "reflect-metadata";

export * from "@peculiar/x509";

// What an app tells graphql-codegen, as our recipe for a release says.
export default {
  schema: "schema.graphql",
  documents: "operations/*.graphql",
  generates: {
    "written/": {
      preset: "client",
      presetConfig: { persistedDocuments: { hashAlgorithm: "sha256" } },
      config: { scalars: { Date: "string", DateTime: "string" }, useTypeImports: true },
    },
  },
};

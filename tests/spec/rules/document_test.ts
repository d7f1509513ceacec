import { namespaces, testCases } from "../cases.ts";

testCases("the document's rules", [
  ["the default config", {}],
  ["a config without process", { process: undefined }],
  ["properties that nobody knows", { extra: 1, linux: { extra: { a: [null] } } }],

  ["version 1.0.0", { ociVersion: "1.0.0" }],
  ["a version in development", { ociVersion: "1.0.2-dev" }],
  ["a version with build metadata", { ociVersion: "1.3.0+dev" }],
  ["a release candidate", { ociVersion: "1.0.0-rc5" }],
  ["a later minor version", { ociVersion: "1.99.0" }],
  [
    "a missing version",
    { ociVersion: undefined },
    "ociVersion: is required (config.md#configSpecificationVersion)",
  ],
  [
    "a version of two numbers",
    { ociVersion: "1.3" },
    'ociVersion: must be a SemVer 2.0.0 version, got "1.3" (config.md#configSpecificationVersion)',
  ],
  [
    "a version with a leading zero",
    { ociVersion: "1.03.0" },
    'ociVersion: must be a SemVer 2.0.0 version, got "1.03.0" (config.md#configSpecificationVersion)',
  ],
  [
    "a version with a v",
    { ociVersion: "v1.3.0" },
    'ociVersion: must be a SemVer 2.0.0 version, got "v1.3.0" (config.md#configSpecificationVersion)',
  ],
  [
    "major version 2",
    { ociVersion: "2.0.0" },
    'ociVersion: must be of major version 1, got "2.0.0" (config.md#configSpecificationVersion)',
  ],
  [
    "a version that is a number",
    { ociVersion: 1.3 },
    "ociVersion: expected string, got 1.3 (config.md#configSpecificationVersion)",
  ],

  ["an absolute root", { root: { path: "/a/b" } }],
  ["a missing root", { root: undefined }, "root: is required (config.md#configRoot)"],
  [
    "a root without path",
    { root: { path: undefined } },
    "root.path: is required (config.md#configRoot)",
  ],
  ["an empty root", { root: { path: "" } }, "root.path: must not be empty (config.md#configRoot)"],
  [
    "a root whose readonly is a string",
    { root: { readonly: "true" } },
    'root.readonly: expected boolean, got "true" (config.md#configRoot)',
  ],

  ["a host name in the host's namespace that is empty", {
    hostname: "",
    linux: { namespaces: namespaces("mount") },
  }],
  [
    "a host name without a namespace",
    { linux: { namespaces: namespaces("mount") } },
    'hostname: needs a namespace of type "uts" in linux.namespaces (config.md#configHostname)',
  ],
  [
    "a domain name without a namespace",
    { hostname: undefined, domainname: "d", linux: { namespaces: namespaces("mount") } },
    'domainname: needs a namespace of type "uts" in linux.namespaces (config.md#configDomainname)',
  ],
  ["a host name of 64 bytes", { hostname: "a".repeat(64), domainname: "é".repeat(32) }],
  [
    "names of 65 bytes",
    { hostname: "a".repeat(65), domainname: "é".repeat(32) + "a" },
    "hostname: must not be longer than 64 bytes (config.md#configHostname)",
    "domainname: must not be longer than 64 bytes (config.md#configDomainname)",
  ],

  ["annotations with empty values", { annotations: { "com.example.key": "" } }],
  ["no annotations", { annotations: {} }],
  [
    "an annotation without key",
    { annotations: { "": "x" } },
    'annotations[""]: must have a key (config.md#configAnnotations)',
  ],
  [
    "an annotation that is a number",
    { annotations: { "com.example": 1 } },
    'annotations["com.example"]: expected string, got 1 (config.md#configAnnotations)',
  ],
  [
    "annotations as a list",
    { annotations: [] },
    "annotations: expected object, got array (config.md#configAnnotations)",
  ],
  ["null for annotations", { annotations: null }],

  [
    "an object of another platform that contradicts its schema",
    { freebsd: { jail: { vnet: "disable" } }, windows: { layerFolders: [] } },
    'freebsd.jail.vnet: expected one of "inherit", "new", got "disable" ' +
    "(config.md#configPlatformSpecificConfiguration)",
    "windows.layerFolders: must have at least one entry " +
    "(config.md#configPlatformSpecificConfiguration)",
  ],
  ["objects of all other platforms", {
    freebsd: { devices: [{ path: "pf", mode: 448 }], jail: { allow: { mount: ["tmpfs"] } } },
    solaris: { anet: [{ linkname: "net0" }], cappedCPU: { ncpus: "8" } },
    vm: {
      kernel: { path: "/vmlinuz" },
      image: { path: "/root.img", format: "qcow2" },
      hwConfig: { memory: 2n ** 63n, iomems: [{ firstMFN: 1, nrMFNs: 2 }], irqs: [1] },
    },
    windows: { layerFolders: ["C:\\a"], credentialSpec: { any: [{ thing: 1 }] } },
    zos: { namespaces: [{ type: "pid" }] },
  }],
]);

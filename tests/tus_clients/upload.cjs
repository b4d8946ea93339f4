// node upload.cjs ENDPOINT FILE CHUNK: uploads by tus-js-client as it comes, and prints where the upload went.

const fs = require("node:fs");
const tus = require("tus-js-client");

const [endpoint, file, chunk] = process.argv.slice(2);

const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint,
  chunkSize: Number(chunk) || Infinity,
  uploadSize: fs.statSync(file).size,
  metadata: { filename: "cut.bin", filetype: "video/mp4" },
  retryDelays: Array(40).fill(100), // begins anew after every byte that is taken
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => {
    console.log(upload.url);
    process.exit(0);
  },
});
upload.start();

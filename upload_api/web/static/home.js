// The page `/`: uploads on top, the list of videos below.

import { library } from "./library.js";
import { stateOf } from "./state.js";
import { Upload } from "./upload.js";
import { uploadCard } from "./upload-card.js";
import { uploadForm } from "./upload-form.js";

const under = new Set();
const videos = library(document.getElementById("library"));

uploadForm(document.getElementById("upload"), (file, title) => {
  const upload = new Upload(file, title);
  let state = "";
  const card = uploadCard(upload, {
    accepted: () => videos.refresh(),
    changed(video) {
      if (state !== stateOf(video)) videos.refresh();
      state = stateOf(video);
    },
  });
  document.getElementById("uploads").prepend(card);
  upload.addEventListener("change", () => (upload.underWay ? under.add(upload) : under.delete(upload)));
  upload.start();
  card.scrollIntoView({ block: "nearest" });
});

addEventListener("beforeunload", (event) => under.size && event.preventDefault());

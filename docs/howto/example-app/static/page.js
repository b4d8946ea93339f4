// Shows the video below its upload as soon as it can be watched.

const upload = document.querySelector("reelmill-upload");
const reelmill = new URL(document.querySelector("script[src*=reelmill-upload]").src).origin;

upload.addEventListener("playable", ({ detail }) => {
  const player = document.createElement("iframe");
  player.src = `${reelmill}/embed/${detail.videoId}`;
  player.title = "Your video";
  player.allow = "fullscreen; picture-in-picture";
  document.querySelector("#watch").replaceChildren(player);
});

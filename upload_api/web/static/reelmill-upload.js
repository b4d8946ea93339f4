// For other pages: <script src="https://videos.example.com/assets/reelmill-upload.js"></script> makes the tag
// <reelmill-upload> known. A classic script, which needs no `type`; what it is made of comes from where it came from.
{
  const source = document.currentScript?.src;
  if (!source) throw new Error("reelmill-upload.js is a classic script: include it without type=module.");
  import(new URL("static/drop-in.js", source));
}

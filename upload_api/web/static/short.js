// Very short streams: what hls.js and Chromium wait for, each from the other.

/**
 * hls.js (1.7.4) says that a stream has ended only once some of its separate sound has played, and Chromium plays
 * nothing of a fifth of a second or less before it is told that nothing follows. So of a stream of one segment the end
 * is told as soon as its picture and its sound are there.
 */
export function endWhenWhole(Hls, hls) {
  const whole = new Set();
  hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => {
    if (!frag.endList || frag.start > 0) return;
    whole.add(frag.type);
    if (whole.has("main") && (whole.has("audio") || !hls.audioTracks.length)) hls.trigger(Hls.Events.BUFFER_EOS, {});
  });
}

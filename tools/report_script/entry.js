// What src/cribble/report/assets/map.js uses of d3.
export { polygonContains } from "d3-polygon";
export { pointer, select } from "d3-selection";
export { zoom, zoomIdentity } from "d3-zoom";

export const HTML = "";

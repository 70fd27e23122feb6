/** Lines with this in them are called invalid by the fault of that name. */
export const POISON = "77 crc=";

/**
 * Control characters but the line feed; invisible and direction-changing ones; separators; half characters; what is no
 * character.
 */
export const FORBIDDEN_ON_SCREENS =
  /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;

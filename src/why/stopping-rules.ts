/** The built-in rules whose defects stop connections now, and where such a defect has to be to matter to packets. */
import { wordTable } from '../word-table.ts';

/**
 * - way:    on any namespace that packets or answers pass
 * - holder: as way, and where keepalived is to hold the address that they are sent to
 * - end:    where the socket is
 * - sender: where packets are sent
 * - path:   on the path to the address and port that they are sent to
 */
type DefectPlace = 'way' | 'holder' | 'end' | 'sender' | 'path';

interface Stopping {
  place: DefectPlace;
  /** The only protocol whose packets it stops; null: of any. */
  protocol: 'tcp' | 'udp' | null;
}

const stopping = (
  place: DefectPlace,
  protocol: Stopping['protocol'],
  ids: string,
): Record<string, Stopping> => Object.fromEntries(ids.split(' ').map((id) => [id, { place, protocol }]));

/** What may go wrong later (at the next boot, in an image), or is slow or unsafe, stops nobody now, and is not here. */
export const STOPPING_RULES = wordTable<Stopping>({
  ...stopping('way', null, 'CO001 CO002 CO003 CO005 CT001 CT003 CT010 HR001 HR003 HR004 HR006'),
  ...stopping('way', null, 'IV001 IV002 IV007 IV008 IV009 IV010 IV011 IV012 KA005 KA008'),
  ...stopping('holder', null, 'KA007 KA009'),
  ...stopping('way', null, 'KN001 KN003 KN004 KN005 KN007 NA002 NA003 NA004 NA006 NA007 NA008'),
  ...stopping('way', 'tcp', 'CT008 IV003 TW002'),
  ...stopping('way', 'udp', 'CT013'),
  ...stopping('end', null, 'KN002'),
  ...stopping('end', 'tcp', 'LS001 LS002 LS005 LS008 LS009 LS010 LS013 TW003 TW004 TW015 TW017'),
  ...stopping('end', 'udp', 'LS011'),
  ...stopping('sender', null, 'HR007'),
  ...stopping('sender', 'tcp', 'LS014'),
  ...stopping('path', null, 'IV101 IV102 IV103 IV104 IV105 IV106'),
  ...stopping('path', 'tcp', 'TW001 TW012 TW013'),
});

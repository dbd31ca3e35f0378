/*
 * A guest agent on the channel: enough of its protocol for a manager to find somebody there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_AGENT_H
#define TESTCARD_AGENT_H

/* Tell a request on the serial port ("agent: LINE"), and obey or answer it. */
void agent_take_line(const char *line);

#endif

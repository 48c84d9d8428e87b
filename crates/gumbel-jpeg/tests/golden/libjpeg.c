/* What libjpeg makes of the files named on standard input, a line each: mutate.py builds and asks it.

For each file, little-endian: u32 0 if it reads it in silence, 1 if it warns, 2 if it refuses, 3 if the image is
larger than is tried; u32 length of what it says, and that. Unless it refuses, then u32 number of components; of
each u32 rows and columns of blocks, 64 steps u16 and the coefficients i16, in row-major order. */

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

struct state {
    struct jpeg_error_mgr base;
    jmp_buf back;
    char said[4000];
};

static void note(j_common_ptr info) {
    struct state *state = (struct state *)info->err;
    char line[JMSG_LENGTH_MAX];
    info->err->format_message(info, line);
    if (strlen(state->said) + strlen(line) + 3 < sizeof state->said) {
        if (state->said[0])
            strcat(state->said, "; ");
        strcat(state->said, line);
    }
}

static void refuse(j_common_ptr info) {
    struct state *state = (struct state *)info->err;
    state->said[0] = 0;
    note(info);
    longjmp(state->back, 1);
}

static void message(j_common_ptr info, int level) {
    if (level < 0) {
        info->err->num_warnings++;
        note(info);
    }
}

static void number(unsigned value) {
    fwrite(&value, 4, 1, stdout);
}

static void verdict(unsigned which, const char *said) {
    number(which);
    number(strlen(said));
    fputs(said, stdout);
}

static void component(j_decompress_ptr info, int i, jvirt_barray_ptr array) {
    jpeg_component_info *c = &info->comp_info[i];
    unsigned short none[64] = {0};
    /* Without the blocks that pad the last units. */
    unsigned rows = (c->downsampled_height + 7) / 8, columns = (c->downsampled_width + 7) / 8;
    number(rows);
    number(columns);
    fwrite(c->quant_table ? c->quant_table->quantval : none, 2, 64, stdout);
    for (unsigned row = 0; row < rows; row++) {
        JBLOCKARRAY line =
            info->mem->access_virt_barray((j_common_ptr)info, array, row, 1, FALSE);
        fwrite(line[0], 2 * 64, columns, stdout);
    }
}

static void look(FILE *file) {
    struct jpeg_decompress_struct info;
    struct state state;
    state.said[0] = 0;
    info.err = jpeg_std_error(&state.base);
    state.base.error_exit = refuse;
    state.base.emit_message = message;
    if (setjmp(state.back)) {
        verdict(2, state.said);
        jpeg_destroy_decompress(&info);
        return;
    }
    jpeg_create_decompress(&info);
    jpeg_stdio_src(&info, file);
    jpeg_read_header(&info, TRUE);
    if ((double)info.image_width * info.image_height > 1 << 22) {
        verdict(3, "");
    } else {
        jvirt_barray_ptr *arrays = jpeg_read_coefficients(&info);
        verdict(info.err->num_warnings > 0, state.said);
        number(info.num_components);
        for (int i = 0; i < info.num_components; i++)
            component(&info, i, arrays[i]);
    }
    jpeg_destroy_decompress(&info);
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = 0;
        FILE *file = fopen(line, "rb");
        if (!file)
            return 1;
        look(file);
        fclose(file);
    }
    free(line);
    return 0;
}
